import { crpsOf, type ForecastedWindow } from '../evaluation.ts';
import { spreadOut } from '../quantiles.ts';

/** 0.5 to 4, 5 % apart, 1 among them. */
const SPREADS: readonly number[] = Array.from({ length: 43 }, (_, k) => 1.05 ** (k - 14));

/**
 * How many times as far from the median the quantiles of forecasts should have been: the spread with the lowest CRPS, which is
 * that with the lowest weighted quantile loss. A network is too sure of what it was not trained on, the more so the less data
 * there was: this is for quantiles what temperature scaling is for probabilities (Guo et al. 2017).
 *
 * @param windows of validation data, forecast with a spread of 1
 */
export function bestSpread(windows: readonly ForecastedWindow[]): number {
  const losses = SPREADS.map((spread) =>
    crpsOf(windows.map((window) => ({ ...window, forecast: spreadOut(window.forecast, spread) }))),
  );
  return SPREADS[losses.indexOf(Math.min(...losses))] as number;
}

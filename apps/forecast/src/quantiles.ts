import type { Forecast } from './prediction/forecast.ts';

/** The levels of every forecast: 5 % apart for the CRPS, and the ends of the 95 % interval. */
export const LEVELS: readonly number[] = [0.025, ...Array.from({ length: 19 }, (_, k) => (k + 1) / 20), 0.975];

/** The position of the median in {@link LEVELS}. */
export const MEDIAN = LEVELS.indexOf(0.5);

/** The ends of central intervals, as positions in {@link LEVELS}. */
export const INTERVALS = { 80: [LEVELS.indexOf(0.1), LEVELS.indexOf(0.9)], 95: [0, LEVELS.length - 1] } as const;

/** Quantiles at all levels of numbers in ascending order, interpolated as NumPy does by default. */
export function quantilesOf(ascending: ArrayLike<number>): Float64Array {
  const last = ascending.length - 1;
  return Float64Array.from(LEVELS, (level) => {
    const at = level * last;
    const [low, high] = [ascending[Math.floor(at)] as number, ascending[Math.ceil(at)] as number];
    return low + (at - Math.floor(at)) * (high - low);
  });
}

/** Of the levels above ½, the quantiles of a normal distribution. Source: scipy.stats.norm.ppf. */
const NORMAL = [
  0.12566134685507416, 0.2533471031357997, 0.38532046640756773, 0.5244005127080407, 0.6744897501960817,
  0.8416212335729143, 1.0364333894937898, 1.2815515655446004, 1.6448536269514722, 1.959963984540054,
];
const NORMAL_QUANTILES = [...NORMAL.map((z) => -z).toReversed(), 0, ...NORMAL];

/** Normal forecasts: means [h] with standard deviations [h]. */
export function normalForecast(means: ArrayLike<number>, deviations: ArrayLike<number>): Forecast {
  const point = Float64Array.from(means);
  const quantiles = Array.from(point, (mean, k) => NORMAL_QUANTILES.map((z) => mean + z * (deviations[k] as number)));
  return { point, quantiles: Float64Array.from(quantiles.flat()) };
}

/**
 * A forecast with every quantile so many times as far from the median.
 *
 * @param least below which no value can be
 */
export function spreadOut({ point, quantiles }: Forecast, spread: number, least = -Infinity): Forecast {
  const far = quantiles.map((quantile, k) => {
    const median = point[Math.floor(k / LEVELS.length)] as number;
    return Math.max(least, median + spread * (quantile - median));
  });
  return { point, quantiles: far };
}

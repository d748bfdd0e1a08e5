import { backendFlags, command, dataFlags, modelFlags, outputFlags } from '@unroll/run';
import { z } from 'zod';
import { backtestBaseline } from '../baselines/backtest-baseline.ts';
import type { Baseline } from '../baselines/baseline.ts';
import { drift, seasonalNaive } from '../baselines/naive.ts';
import type { SeriesSet } from '../data/time-series.ts';
import { backtest, type ForecastedWindow, type Origin, originsOf, scoreOf } from '../evaluation.ts';
import { type ForecastNetwork, forecastAt, PATH_DEFAULTS, type PathOptions } from '../prediction/forecaster.ts';
import { openForecaster } from './open-forecaster.ts';
import { checkPaths, pathFlags } from './path-flags.ts';
import { readRunSeries } from './run-data.ts';
import { type ScoredMethod, scoreJson, scoreTable } from './score-table.ts';

const evaluateSchema = z.object({ ...modelFlags, ...pathFlags, ...dataFlags, ...backendFlags, ...outputFlags });

/** `evaluate`: the metrics of a trained model on the test part of its series. */
export const evaluateCommand = command({
  schema: evaluateSchema,
  run: async (config, context, unset) => {
    using opened = await openForecaster(config, context);
    checkPaths(config, opened.forecaster, unset);
    const methods = await scoreNetwork(opened.forecaster, await readRunSeries(config), config);
    context.out.write(`${scoreTable(methods)}\n`);
    return { ...scoreJson(methods), backend: opened.forecaster.backend.name, run: config.dir };
  },
});

/** The forecasts that need no fitting. */
export const naiveBaselines = ({ season }: SeriesSet): Baseline[] => [
  seasonalNaive(1),
  ...(season > 1 ? [seasonalNaive(season)] : []),
  drift,
];

/** The forecasts of a network from some origins. */
export const backtestNetwork = async (
  network: ForecastNetwork,
  origins: readonly Origin[],
  options: PathOptions,
): Promise<ForecastedWindow[]> =>
  await backtest(origins, network.model.config.horizon, ({ series, origin }) =>
    forecastAt(network, series, origin, options),
  );

/** The metrics of a network and of the naive forecasts on the test part, a horizon after the other. */
export async function scoreNetwork(
  network: ForecastNetwork,
  data: SeriesSet,
  options: PathOptions = PATH_DEFAULTS,
): Promise<ScoredMethod[]> {
  const { horizon } = network.model.config;
  const origins = originsOf(data, 'test', horizon);
  const windows = await backtestNetwork(network, origins, options);
  const methods = [{ name: 'network', score: scoreOf(windows, data) }];
  for (const baseline of naiveBaselines(data))
    methods.push({ name: baseline.name, score: scoreOf(await backtestBaseline(baseline, origins, horizon), data) });
  return methods;
}

import { type DieboldMariano, dieboldMariano, tTestsAreReady } from '@unroll/metrics/t-tests';
import {
  backendFlags,
  type Context,
  command,
  dataFlags,
  modelFlags,
  outputFlags,
  writeAtomically,
} from '@unroll/run';
import { z } from 'zod';
import { arima } from '../baselines/arima.ts';
import { backtestBaseline } from '../baselines/backtest-baseline.ts';
import { ets } from '../baselines/ets.ts';
import { crpsOfWindows, type ForecastedWindow, originsOf, scoreOf } from '../evaluation.ts';
import { backtestNetwork, naiveBaselines } from './evaluate.ts';
import { forecastLines } from './forecast-lines.ts';
import { openForecaster } from './open-forecaster.ts';
import { checkPaths, pathFlags } from './path-flags.ts';
import { readRunSeries } from './run-data.ts';
import { type ScoredMethod, scoreJson, scoreTable } from './score-table.ts';

const backtestSchema = z.object({
  ...modelFlags,
  split: z.enum(['valid', 'test']).default('test').meta({
    description: 'part of each series to forecast; choose settings on valid, and look at test once',
    section: 'Forecast',
  }),
  stride: z.int().min(1).optional().meta({
    description: 'steps from one origin to the next; by default the horizon',
    section: 'Forecast',
  }),
  ...pathFlags,
  out: z.string().min(1).optional().meta({
    description: "also write the network's forecasts into this file, as predict prints them",
    placeholder: 'FILE',
    section: 'Output',
  }),
  ...dataFlags,
  ...backendFlags,
  ...outputFlags,
});

/** `backtest`: forecasts from rolling origins, beside those of classical methods. */
export const backtestCommand = command({
  schema: backtestSchema,
  renamed: { part: 'split' },
  run: async (config, context, unset) => {
    using opened = await openForecaster(config, context);
    checkPaths(config, opened.forecaster, unset);
    const { forecaster } = opened;
    const data = await readRunSeries(config);
    const { horizon } = forecaster.model.config;
    const origins = originsOf(data, config.split, horizon, config);
    const windows = await backtestNetwork(forecaster, origins, config);
    if (config.out !== undefined) writeAtomically(config.out, forecastLines(windows));

    const methods: Backtested[] = [{ name: 'network', windows, score: scoreOf(windows, data) }];
    for (const baseline of [...naiveBaselines(data), ets(data.season), arima(data.season)]) {
      context.err.write(`${baseline.name}: forecasts from ${origins.length} origins\n`);
      const windows = await backtestBaseline(baseline, origins, horizon);
      methods.push({ name: baseline.name, windows, score: scoreOf(windows, data) });
    }
    await tTestsAreReady;
    const test = bestRival(methods, Math.ceil(horizon / (config.stride ?? horizon)));
    report(methods, test, context);
    return {
      ...scoreJson(methods),
      ...(test && { significance: { ...test } }),
      backend: forecaster.backend.name,
      run: config.dir,
    };
  },
});

interface Backtested extends ScoredMethod {
  readonly windows: readonly ForecastedWindow[];
}

/** The network against the best of the others. */
interface Rivalry extends DieboldMariano {
  readonly rival: string;
  /** CRPS of the network over that of the rival. */
  readonly ratio: number;
}

/**
 * Compares the network with the method that has the lowest CRPS of the others.
 *
 * @param overlap how many forecasts are of one step
 * @returns undefined where there are too few forecasts for a test
 */
function bestRival([network, ...others]: readonly Backtested[], overlap: number): Rivalry | undefined {
  const rival = others.toSorted((a, b) => a.score.crps - b.score.crps)[0];
  if (!network || !rival || network.windows.length <= Math.max(1, overlap)) return undefined;
  const test = dieboldMariano(crpsOfWindows(network.windows), crpsOfWindows(rival.windows), overlap);
  return { ...test, rival: rival.name, ratio: network.score.crps / rival.score.crps };
}

function report(methods: readonly Backtested[], test: Rivalry | undefined, { out }: Context): void {
  const { mase, windows = 0 } = methods[0]?.score ?? {};
  out.write(`${scoreTable(methods)}\n\n`);
  const metric = mase === undefined ? 'CRPS' : 'MASE';
  const lossOf = ({ score }: ScoredMethod): number => (mase === undefined ? score.crps : (score.mase ?? Infinity));
  const own = methods[0] ? lossOf(methods[0]) : Infinity;
  const better = methods.filter((method) => lossOf(method) < own).map(({ name }) => name);
  out.write(
    better.length === 0
      ? `The network has the lowest ${metric} of all over ${windows} forecasts.\n`
      : `The network loses: ${better.join(', ')} ${better.length === 1 ? 'has' : 'have'} a lower ${metric} over ${windows} forecasts.\n`,
  );
  if (!test) {
    out.write('There are too few forecasts for a test of significance; give a smaller --stride.\n');
    return;
  }
  const { rival, ratio, p } = test;
  if (!Number.isFinite(ratio)) {
    out.write(`The forecasts of ${rival} are exact: nothing is better.\n`);
    return;
  }
  const verb = ratio < 1 ? 'lower' : 'higher';
  const sure = p < 0.05 ? 'a difference beyond chance' : 'which may be chance';
  out.write(
    `Its CRPS is ${Math.abs(100 * (ratio - 1)).toFixed(1)} % ${verb} than that of ${rival}, the best other method: ${sure} (Diebold–Mariano, p = ${p.toPrecision(2)}).\n`,
  );
}

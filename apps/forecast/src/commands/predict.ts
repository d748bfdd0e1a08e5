import { ConfigError } from '@unroll/rnn-core';
import { backendFlags, command, dataFlags, type JsonObject, modelFlags, outputFlags } from '@unroll/run';
import { z } from 'zod';
import type { TimeSeries } from '../data/time-series.ts';
import { formatTime, parseTimestamp } from '../data/timestamp.ts';
import { forecastLines, rowsOf } from './forecast-lines.ts';
import { openForecaster } from './open-forecaster.ts';
import { checkPaths, pathFlags } from './path-flags.ts';
import { readRunSeries } from './run-data.ts';

const predictSchema = z.object({
  ...modelFlags,
  origin: z.string().min(1).optional().meta({
    description: 'time of the first step to forecast, from the values before it; by default after the last value',
    placeholder: 'TIME',
    section: 'Forecast',
  }),
  ...pathFlags,
  data: z.string().min(1).optional().meta({
    description: 'file with the columns that the run was trained on, in place of its own: newer values',
    placeholder: 'FILE',
    section: 'Data',
  }),
  ...dataFlags,
  ...backendFlags,
  ...outputFlags,
});

/** `predict`: what a trained model says of the steps after the last value. */
export const predictCommand = command({
  schema: predictSchema,
  requires: [{ flags: ['dataDir'], when: ({ data }) => data === undefined, needs: 'no --data' }],
  run: async (config, context, unset): Promise<JsonObject> => {
    using opened = await openForecaster(config, context);
    checkPaths(config, opened.forecaster, unset);
    const { forecaster } = opened;
    const { series, notes } = await readRunSeries(config);
    for (const note of notes) context.err.write(`${note}\n`);
    const forecasts = series.map((one) => {
      const origin = stepOf(one, config.origin);
      return { series: one, origin, forecast: forecaster.forecast(one, origin, config) };
    });
    context.out.write(forecastLines(forecasts));
    return { forecasts: forecasts.flatMap(rowsOf), backend: forecaster.backend.name, run: config.dir };
  },
});

/** @throws ConfigError when the time is none of the series' steps, or lies beyond the one after its last value */
function stepOf({ axis, values, name }: TimeSeries, text: string | undefined): number {
  if (text === undefined) return values.length;
  const time = parseTimestamp(text);
  const step = time === undefined ? undefined : axis.stepOf(time);
  if (step === undefined || step < 0 || step > values.length)
    throw new ConfigError(
      `--origin must be a time of the series${name && ` ${name}`} from ${formatTime(axis.start)} to ${formatTime(axis.at(values.length))}, got ${text}`,
    );
  return step;
}

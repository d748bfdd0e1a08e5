import { join } from 'node:path';
import { backendFlags, command, dataFlags, modelFlags, outputFlags, writeAtomically } from '@unroll/run';
import { z } from 'zod';
import type { TimeSeries } from '../data/time-series.ts';
import { formatTime } from '../data/timestamp.ts';
import { originsOf } from '../evaluation.ts';
import { forecastPage, type PageChart } from '../plot/forecast-page.ts';
import { sparkline } from '../plot/sparkline.ts';
import type { Forecaster } from '../prediction/forecaster.ts';
import { openForecaster } from './open-forecaster.ts';
import { checkPaths, pathFlags } from './path-flags.ts';
import { readRunSeries } from './run-data.ts';

const plotSchema = z.object({
  ...modelFlags,
  ...pathFlags,
  data: z.string().min(1).optional().meta({
    description: 'file with the columns that the run was trained on, in place of its own: newer values',
    placeholder: 'FILE',
    section: 'Data',
  }),
  out: z.string().min(1).optional().meta({
    description: 'HTML file to write; by default forecast.html in the folder of the run',
    placeholder: 'FILE',
    section: 'Output',
  }),
  ...dataFlags,
  ...backendFlags,
  ...outputFlags,
});

const MOST_SERIES = 12;
const MOST_TESTED = 3; // of each series
const SPARKLINE = 72; // steps on a line of a terminal

/** `plot`: forecasts as lines of the terminal, and as a page of fan charts. */
export const plotCommand = command({
  schema: plotSchema,
  requires: [{ flags: ['dataDir'], when: ({ data }) => data === undefined, needs: 'no --data' }],
  run: async (config, context, unset) => {
    using opened = await openForecaster(config, context);
    checkPaths(config, opened.forecaster, unset);
    const { forecaster } = opened;
    const data = await readRunSeries(config);
    const { horizon } = forecaster.model.config;
    const shown = data.series.slice(0, MOST_SERIES);
    const tested = originsOf({ ...data, series: shown }, 'test', horizon);
    const charts = shown.flatMap((series) => {
      const next = chartOf(forecaster, series, series.values.length, config);
      context.out.write(`${line(next)}\n`);
      const past = tested.filter((origin) => origin.series === series).slice(-MOST_TESTED);
      return [next, ...past.map(({ origin }) => chartOf(forecaster, series, origin, config))];
    });
    const out = config.out ?? join(config.dir, 'forecast.html');
    const hidden = data.series.length - shown.length;
    const about = `Forecasts of ${horizon} steps by ${config.dir}: the next ones, and some of the test part beside the actual values.${hidden > 0 ? ` The first ${MOST_SERIES} of ${data.series.length} series.` : ''}`;
    writeAtomically(out, forecastPage({ title: `Forecast of ${data.name}`, about, charts }));
    context.out.write(`The fan charts are in ${out}.\n`);
    return { page: out, charts: charts.length, run: config.dir };
  },
});

function chartOf(
  forecaster: Forecaster,
  series: TimeSeries,
  origin: number,
  options: z.output<typeof plotSchema>,
): PageChart {
  const forecast = forecaster.forecast(series, origin, options);
  const from = formatTime(series.axis.at(origin));
  const title = [series.name, origin < series.values.length ? `from ${from}, and what came` : `from ${from}`];
  return { title: title.filter(Boolean).join(': '), series, origin, forecast, before: 3 * forecast.point.length };
}

/** The last values and the median after them, in one scale. */
function line({ series, origin, forecast: { point } }: PageChart): string {
  const before = series.values.subarray(Math.max(0, origin - Math.max(0, SPARKLINE - point.length)), origin);
  const bars = sparkline(Float64Array.from([...before, ...point]));
  return `${series.name && `${series.name} `}${bars.slice(0, before.length)}│${bars.slice(before.length)}`;
}

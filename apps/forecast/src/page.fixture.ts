/// <reference lib="dom" />
import { Forecaster, readSeries, type SeriesRow } from './index.ts';

/** Fetches a text beside the page. */
const text = async (name: string): Promise<string> => await (await fetch(name)).text();

/** The rows of a CSV of a shop, a day and a number. */
async function* rows(): AsyncGenerator<SeriesRow> {
  for (const [k, row] of (await text('sales.csv')).trim().split('\n').slice(1).entries()) {
    const [series = '', time = '', value = ''] = row.split(',');
    yield { line: k + 2, time, value, series, covariates: [] };
  }
}

const table = { where: 'sales.csv', name: 'sales', covariateNames: [], decimal: 'point' } as const;
const { series } = await readSeries(rows(), { ...table, split: { train: 0.8, valid: 0.1 } });
using forecaster = await Forecaster.load(new URL('model/', location.href));
document.body.textContent = JSON.stringify(series.map((one) => Array.from(forecaster.forecast(one).quantiles)));

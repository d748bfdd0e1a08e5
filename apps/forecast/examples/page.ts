import { Forecaster, readSeries, type SeriesRow } from '@unroll/forecast';

/** The rows of a CSV file beside the page, with a shop, a day and a number on each line. */
async function* rows(): AsyncGenerator<SeriesRow> {
  const text = await (await fetch('sales.csv')).text();
  for (const [k, row] of text.trim().split('\n').slice(1).entries()) {
    const [series = '', time = '', value = ''] = row.split(',');
    yield { line: k + 2, time, value, series, covariates: [] };
  }
}

const table = { where: 'sales.csv', name: 'sales', covariateNames: [], decimal: 'point' } as const;
const { series } = await readSeries(rows(), { ...table, split: { train: 0.8, valid: 0.1 } });

// A model is three files; here they come from the folder model/ of the site.
using forecaster = await Forecaster.load(new URL('model/', location.href));
const quantiles = series.map((one) => Array.from(forecaster.forecast(one).quantiles)); // of each series [h · 21]
document.body.textContent = JSON.stringify(quantiles);

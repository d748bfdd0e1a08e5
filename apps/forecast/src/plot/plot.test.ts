import { expect, test } from 'vitest';
import { TimeAxis } from '../data/time-axis.ts';
import { normalForecast } from '../quantiles.ts';
import { forecastPage } from './forecast-page.ts';
import { sparkline } from './sparkline.ts';

test('a sparkline goes from the lowest bar to the highest, and leaves out what is missing', () => {
  expect(sparkline([0, 7, Number.NaN, 3.5, 2])).toBe('▁█ ▅▃');
  expect(sparkline([5, 5])).toBe('▁▁');
});

test('the page shows names as text, loads nothing, and draws what is there', () => {
  const axis = new TimeAxis(0, { milliseconds: 86_400_000 });
  const values = Float64Array.of(1, 2, Number.NaN, 4, 5, 6);
  const series = { name: '<script>alert(1)</script>', axis, values, covariates: [] };
  const forecast = normalForecast([5, 6, 7], [1, 1, 1]);
  const chart = { title: `${series.name}: next`, series, origin: 4, forecast, before: 4 };
  const page = forecastPage({ title: 'a & b', about: '"quoted"', charts: [chart] });
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;: next');
  expect(page).not.toContain('<script');
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/https?:/);
  expect(page.match(/<polygon class="band"/g)).toHaveLength(2);
  expect(page.match(/<polyline class="actual"/g)).toHaveLength(2); // broken where a value is missing
  expect(page).not.toContain('NaN');
});

import { type JsonObject, recordLines } from '@unroll/run';
import { formatTime } from '../data/timestamp.ts';
import type { Origin } from '../evaluation.ts';
import type { Forecast } from '../prediction/forecast.ts';
import { INTERVALS, LEVELS } from '../quantiles.ts';

/** A forecast with where it begins. */
export interface PlacedForecast extends Origin {
  readonly forecast: Forecast;
}

const COLUMNS: readonly (readonly [name: string, level: number])[] = [
  ['lower95', INTERVALS[95][0]],
  ['lower80', INTERVALS[80][0]],
  ['upper80', INTERVALS[80][1]],
  ['upper95', INTERVALS[95][1]],
];

/** Each step of a forecast: the time, the median, and the ends of the intervals, to the last bit. */
export function rowsOf({ series, origin, forecast: { point, quantiles } }: PlacedForecast): JsonObject[] {
  return Array.from(point, (median, k) => ({
    series: series.name,
    origin: formatTime(series.axis.at(origin)),
    time: formatTime(series.axis.at(origin + k)),
    median,
    ...Object.fromEntries(COLUMNS.map(([name, level]) => [name, quantiles[k * LEVELS.length + level] as number])),
  }));
}

/** Forecasts as CSV with a header. */
export function forecastLines(forecasts: readonly PlacedForecast[]): string {
  const rows = forecasts.flatMap(rowsOf);
  return recordLines([Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row).map(String))], 'csv');
}

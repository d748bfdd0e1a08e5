import { formatTime } from '../data/timestamp.ts';
import type { Origin } from '../evaluation.ts';
import type { Forecast } from '../prediction/forecast.ts';
import { INTERVALS, LEVELS } from '../quantiles.ts';

const WIDTH = 960;
const HEIGHT = 300;
const LEFT = 64; // the labels of the values
const BOTTOM = 28; // those of the times
const TICKS = 4;

export interface FanChartData extends Origin {
  readonly forecast: Forecast;
  /** Steps that are drawn before the origin. */
  readonly before: number;
}

/**
 * A fan chart as SVG: the last values, the median of the forecast, its 80 % and 95 % intervals, and where they are known the
 * values that came.
 */
export function fanChart({ series, origin, forecast: { point, quantiles }, before }: FanChartData): string {
  const first = Math.max(0, origin - before);
  const end = origin + point.length;
  const values = series.values.subarray(first, end);
  const bound = (level: number): Float64Array => point.map((_, k) => quantiles[k * LEVELS.length + level] as number);
  const shown = [...values, ...bound(0), ...bound(LEVELS.length - 1)].filter((value) => !Number.isNaN(value));
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const range = high - low || 1;
  const x = (t: number): number => LEFT + ((t - first) / Math.max(1, end - 1 - first)) * (WIDTH - LEFT - 8);
  const y = (value: number): number => 8 + ((high - value) / range) * (HEIGHT - BOTTOM - 16);
  const at = (t: number, value: number): string => `${x(t).toFixed(1)},${y(value).toFixed(1)}`;

  const band = (percent: keyof typeof INTERVALS): string => {
    const [lower, upper] = INTERVALS[percent].map(bound) as [Float64Array, Float64Array];
    const there = Array.from(upper, (value, k) => at(origin + k, value));
    const back = Array.from(lower, (value, k) => at(origin + k, value)).toReversed();
    return `<polygon class="band" points="${[...there, ...back].join(' ')}"/>`;
  };
  const ticks = Array.from({ length: TICKS + 1 }, (_, k) => low + (range * k) / TICKS).map(
    (value) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - 8}" y1="${y(value)}" y2="${y(value)}"/><text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end">${shortNumber(value)}</text>`,
  );
  const dates = [first, origin, end - 1].map(
    (t, k) =>
      `<text x="${x(t)}" y="${HEIGHT - 8}" text-anchor="${['start', 'middle', 'end'][k]}">${formatTime(series.axis.at(t))}</text>`,
  );
  const median = Array.from(point, (value, k) => at(origin + k, value)).join(' ');
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    ...ticks,
    ...dates,
    band(95),
    band(80),
    `<line class="origin" x1="${x(origin)}" x2="${x(origin)}" y1="8" y2="${HEIGHT - BOTTOM}"/>`,
    ...pieces(values, first, at).map((points) => `<polyline class="actual" points="${points}"/>`),
    `<polyline class="median" points="${median}"/>`,
    '</svg>',
  ].join('\n');
}

/** The line of values, broken where they are missing. */
function pieces(values: Float64Array, first: number, at: (t: number, value: number) => string): string[] {
  const found: string[][] = [[]];
  for (const [k, value] of values.entries())
    if (Number.isNaN(value)) found.push([]);
    else found.at(-1)?.push(at(first + k, value));
  return found.filter((piece) => piece.length > 0).map((piece) => piece.join(' '));
}

const shortNumber = (value: number): string =>
  value.toLocaleString('en-US', {
    maximumSignificantDigits: 4,
    notation: Math.abs(value) >= 1e6 ? 'compact' : 'standard',
  });

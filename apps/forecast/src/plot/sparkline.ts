const BARS = '▁▂▃▄▅▆▇█';

/** Numbers as a line of bars from the lowest to the highest; what is NaN is a gap. */
export function sparkline(values: ArrayLike<number>): string {
  const known = Array.from(values).filter((value) => !Number.isNaN(value));
  const low = Math.min(...known);
  const range = Math.max(...known) - low || 1;
  return Array.from(values, (value) =>
    Number.isNaN(value) ? ' ' : BARS[Math.round(((value - low) / range) * (BARS.length - 1))],
  ).join('');
}

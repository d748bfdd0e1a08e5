/** The name of a metric with its unit, and an arrow towards what is better. */
export function metricLabel(name: string): string {
  if (name === 'exact match') return 'exact match % ↑';
  return `${name} ${name === 'TER' ? '↓' : '↑'}`;
}

import { bytes, count, duration, type OutputStream, significant, styled, table } from '@unroll/run';
import { metricHeader } from '../tasks/metric.ts';
import type { Group } from './group.ts';
import { NO_VALUE, scoreText } from './quantity.ts';

/** The comparison as a table of the terminal, a row a group, those with failed runs in red. */
export function groupTable(groups: readonly Group[], stream: OutputStream): string {
  const [header = '', rule = '', ...rows] = table(
    ['task', 'cell', 'score', 'metric', 'p', 'parameters', 'items/s', 'memory', 'time'],
    groups.map((group) => [
      group.delay === undefined ? group.task : `${group.task} over ${group.delay}`,
      [`${group.cell} ${group.hiddenSize}`, group.variant].filter(Boolean).join(', '),
      scoreText(group),
      metricHeader(group.metric),
      group.isBest ? 'best' : pText(group.pValue),
      text(group.parameters, count),
      text(group.tokensPerSecond, significant),
      text(group.peakMemoryBytes, bytes),
      text(group.seconds, duration),
    ]),
  ).split('\n');
  const coloured = rows.map((row, k) => ((groups[k]?.failed ?? 0) > 0 ? styled(['red'], row, stream) : row));
  return [header, rule, ...coloured].join('\n');
}

const text = (value: number | undefined, form: (value: number) => string): string =>
  value === undefined ? NO_VALUE : form(value);

function pText(p: number | undefined): string {
  if (p === undefined) return NO_VALUE;
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

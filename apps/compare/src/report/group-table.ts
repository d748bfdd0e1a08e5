import { bytes, count, duration, significant, table } from '@unroll/run';
import type { Group } from './group.ts';

const NONE = '–';

/** The comparison as a table of the terminal, a row a group. */
export function groupTable(groups: readonly Group[]): string {
  return table(
    ['task', 'cell', 'quality', '', 'p', 'parameters', 'tokens/s', 'memory', 'time'],
    groups.map((group) => [
      group.delay === undefined ? group.task : `${group.task} over ${group.delay}`,
      [`${group.cell} ${group.hidden}`, group.variant].filter(Boolean).join(', '),
      figureText(group),
      group.quality.label,
      group.isBest ? 'best' : pText(group.pValue),
      text(group.parameters, count),
      text(group.tokensPerSecond, significant),
      text(group.peakMemoryBytes, bytes),
      text(group.seconds, duration),
    ]),
  );
}

const text = (value: number | undefined, form: (value: number) => string): string =>
  value === undefined ? NONE : form(value);

/** `2.310 ± 0.012 (3)`, and how many runs failed. */
function figureText({ figure, quality, failed }: Group): string {
  const failures = failed > 0 ? `${failed} failed` : '';
  if (!figure) return failures || NONE;
  const mean = figure.mean.toFixed(quality.digits);
  const spread = figure.n > 1 ? ` ± ${figure.sd.toFixed(quality.digits)} (${figure.n})` : '';
  return `${mean}${spread}${failures && `, ${failures}`}`;
}

function pText(p: number | undefined): string {
  if (p === undefined) return NONE;
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

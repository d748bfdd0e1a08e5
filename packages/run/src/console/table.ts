import Table from 'cli-table3';
import stringWidth from 'string-width';

const EMPTY = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

/**
 * Rows under a header, columns lined up, without rules: legible on a terminal, in a pipe and in a log. Columns whose
 * cells are all numbers stand to the right.
 */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map(String));
  const isNumeric = (column: number): boolean =>
    cells.every((row) => /^([-+±\d.,%\s]|nats|ms|s)*$/.test(row[column] ?? ''));
  const drawn = new Table({
    head: [...header],
    colAligns: header.map((_, column) => (isNumeric(column) ? 'right' : 'left')),
    chars: EMPTY,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  drawn.push(...cells);
  const lines = drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  const width = Math.max(...lines.map((line) => stringWidth(line)));
  return [lines[0], '─'.repeat(width), ...lines.slice(1)].join('\n');
}

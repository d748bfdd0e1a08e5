import stringWidth from 'string-width';
import { shownText } from './shown-controls.ts';

/**
 * Rows under a header, columns lined up, without rules: legible on a terminal, in a pipe and in a log. Columns whose
 * cells are all numbers stand to the right. Control characters of a cell, its line breaks too, are shown.
 */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => shownText(String(cell))));
  const widths = header.map((name, column) =>
    Math.max(...[header, ...cells].map((row) => widthOf(row[column] ?? name))),
  );
  const isNumeric = header.map((_, column) =>
    cells.every((row) => /^([-+±\d.,%\s]|nats|ms|s)*$/.test(row[column] ?? '')),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const padding = ' '.repeat((widths[column] ?? 0) - widthOf(cell));
        return isNumeric[column] ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  const lines = [header, ...cells].map(line);
  const width = Math.max(...lines.map(widthOf));
  return [lines[0], '─'.repeat(width), ...lines.slice(1)].join('\n');
}

/** Columns of a terminal. */
const widthOf = (text: string): number => stringWidth(text);

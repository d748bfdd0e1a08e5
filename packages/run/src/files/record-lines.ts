import { stringify } from 'csv-stringify/sync';

/**
 * Rows of a table as CSV (RFC 4180) or TSV.
 *
 * TSV has no quotes: a tab or a line break in a cell becomes a space.
 */
export function recordLines(rows: readonly (readonly string[])[], format: 'csv' | 'tsv'): string {
  if (format === 'csv') return stringify(rows as string[][], { quoted_match: /\r/ });
  return rows.map((cells) => `${cells.map((cell) => cell.replaceAll(/[\t\r\n]+/g, ' ')).join('\t')}\n`).join('');
}

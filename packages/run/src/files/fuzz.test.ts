import { gunzipSync, gzipSync } from 'node:zlib';
import { Rng } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { fuzzRuns, SEED } from '../testing/bounds.ts';
import { type Columns, type RecordFormat, readRecords } from './records.ts';

const TIMES = fuzzRuns(200);
const DELIMITERS = [',', ';', '\t'];

interface Table {
  readonly rows: readonly Row[];
  /** The line of each row with a wrong number of cells, and of the first damaged quotes. */
  readonly faults: readonly number[];
  /** Whether the header has the wanted ones; undefined when there is none to read. */
  readonly columns?: 'found' | 'missing';
}

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/** RFC 4180 in one loop over the characters, to compare with; TSV without quotes. */
function parsed(text: string, delimiter: string, hasQuotes: boolean): { rows: Row[]; broken: number | undefined } {
  const rows: Row[] = [];
  let [line, start] = [1, 1];
  let cells: string[] = [];
  let cell = '';
  let state: 'start' | 'plain' | 'quoted' | 'closed' = 'start';
  const endCell = (): void => {
    cells.push(cell);
    [cell, state] = ['', 'start'];
  };
  const endRow = (): void => {
    endCell();
    rows.push({ line: start, cells });
    cells = [];
    start = line;
  };
  for (let at = 0; at < text.length; at++) {
    const c = text[at] as string;
    if (c === '\n') line++;
    if (state === 'quoted') {
      if (c !== '"') cell += c;
      else if (text[at + 1] === '"') cell += text[at++];
      else state = 'closed';
    } else if (c === delimiter) endCell();
    else if (c === '\n') endRow();
    else if (state === 'closed' || (state === 'plain' && c === '"' && hasQuotes)) return { rows, broken: start };
    else if (c === '"' && hasQuotes) state = 'quoted';
    else [cell, state] = [cell + c, 'plain'];
  }
  if (state === 'quoted') return { rows, broken: start };
  if (state !== 'start' || cells.length > 0) endRow();
  return { rows, broken: undefined };
}

/** What must be read of a text. */
function tableOf(text: string, columns: Columns, delimiter: string, hasQuotes: boolean): Table {
  const { rows, broken } = parsed(text, delimiter, hasQuotes);
  const isBlank = ({ cells }: Row): boolean => cells.length === 1 && cells[0] === '';
  const first = rows.findIndex((row) => !isBlank(row));
  const faults = broken === undefined ? [] : [broken];
  if (first < 0) return { rows: [], faults };
  const names = (rows[first] as Row).cells.map((name) => name.trim());
  const wanted = Object.values(columns);
  const hasHeader = typeof wanted[0] === 'string';
  const positions = wanted.map((column) => (typeof column === 'number' ? column - 1 : names.indexOf(column)));
  const isThere = (position: number, k: number): boolean =>
    position >= 0 && position < names.length && !names.includes(String(wanted[k]), position + 1);
  if (!positions.every(isThere)) return { rows: [], faults, columns: 'missing' };
  const body = rows.slice(hasHeader ? first + 1 : first).filter((row) => names.length === 1 || !isBlank(row));
  const isRagged = ({ cells }: Row): boolean => cells.length !== names.length;
  return {
    columns: 'found',
    rows: body.map((row) => ({ line: row.line, cells: positions.map((position) => row.cells[position] ?? '') })),
    faults: [...faults, ...body.filter(isRagged).map(({ line }) => line)],
  };
}

/** The objects of JSON lines. */
function objectsOf(text: string, columns: Columns): Table {
  const faults: number[] = [];
  const rows = text.split('\n').flatMap((source, k) => {
    if (source.trim() === '') return [];
    try {
      const value = JSON.parse(source) as Record<string, unknown> | null;
      const cells = Object.values(columns).map((column) => {
        const cell = value?.[column];
        if (cell === undefined) throw new Error('no such key');
        if (typeof cell === 'string') return cell.normalize('NFC');
        return cell === null ? '' : JSON.stringify(cell);
      });
      if (Array.isArray(value) || typeof value !== 'object') throw new Error('no object');
      return [{ line: k + 1, cells }];
    } catch {
      faults.push(k + 1);
      return [];
    }
  });
  return { rows, faults };
}

const PIECES = [
  'a',
  'text',
  'label',
  ' ',
  '"',
  '""',
  '\n',
  '\r\n',
  '\r',
  'é',
  'e\u0301',
  '🐋',
  '\u2028',
  '\u0085',
  'x',
];

function content(format: RecordFormat, delimiter: string, rng: Rng): string {
  const pick = <T>(list: readonly T[]): T => list[rng.integer(list.length)] as T;
  const end = (): string => pick(['\n', '\n', '\r\n', '\r', '\n\n']);
  const piece = (): string => {
    if (rng.integer(400) === 0) return '\u0000';
    if (rng.integer(200) === 0) return pick(['long ', 'é', '🐋']).repeat(20_000);
    return pick([...PIECES, ...DELIMITERS]);
  };
  const some = (most: number): string => Array.from({ length: rng.integer(most + 1) }, piece).join('');
  const rows = rng.integer(6);
  if (rng.integer(5) === 0) return some(40);
  if (format === 'jsonl')
    return Array.from({ length: rows }, () => {
      const object = { text: some(5), label: pick([some(2), 1, null, true, [1], {}]), [some(1)]: some(2) };
      return rng.integer(12) === 0 ? some(6) + end() : JSON.stringify(object).replaceAll('\u0301', '\\u0301') + end();
    }).join('');
  const cell = (): string => {
    const text = some(4);
    if (format === 'tsv' || rng.integer(3) > 0)
      return text.replaceAll(/["\r\n,;\t|]/g, rng.integer(9) > 0 ? '' : '$&');
    return `"${text.replaceAll('"', '""')}"${rng.integer(30) > 0 ? '' : 'x'}`;
  };
  const width = 2 + rng.integer(2);
  const row = (): string =>
    Array.from({ length: width + (rng.integer(25) > 0 ? 0 : pick([-1, 1])) }, cell).join(delimiter) + end();
  return (
    ['text', 'label', 'more'].slice(0, width).join(delimiter) + end() + Array.from({ length: rows }, row).join('')
  );
}

const ENCODINGS: readonly ((text: string) => Buffer)[] = [
  (text) => Buffer.from(text),
  (text) => Buffer.from(`\ufeff${text}`),
  (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
  (text) => gzipSync(text, { level: 1 }),
];

/** The text of bytes that may be damaged, and whether they are. */
function decoded(bytes: Buffer): { text: string; isDamaged: boolean } {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : 'utf-8';
  const text = new TextDecoder(encoding).decode(bytes).replaceAll(/\r\n?/g, '\n').normalize('NFC');
  try {
    new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return { text, isDamaged: text.includes('\u0000') };
  } catch {
    return { text, isDamaged: true };
  }
}

test(`random bytes are the records that another parser reads in them, or an error with the line (seed ${SEED})`, {
  timeout: 30_000 + TIMES * 20,
}, async () => {
  const wrong: string[] = [];
  let [whole, refused] = [0, 0];
  for (let k = 0; k < TIMES; k++) {
    const rng = Rng.seeded(SEED).split(k);
    const format = (['csv', 'csv', 'tsv', 'jsonl'] as const)[rng.integer(4)] ?? 'csv';
    const delimiter = format === 'csv' ? (DELIMITERS[rng.integer(3)] as string) : '\t';
    const columns: Columns =
      format === 'jsonl' || rng.integer(2) === 0 ? { text: 'text', label: 'label' } : { text: 1, label: 2 };
    const encode = ENCODINGS[rng.integer(8)] ?? ENCODINGS[0];
    let bytes = encode?.(content(format, delimiter, rng)) ?? Buffer.alloc(0);
    const isZipped = encode === ENCODINGS[4];
    if (rng.integer(6) === 0 && bytes.length > 2 && !isZipped)
      bytes[2 + rng.integer(bytes.length - 2)] = rng.integer(256);
    if (rng.integer(20) === 0 && !isZipped) bytes = bytes.subarray(0, rng.integer(bytes.length + 1));
    const size = 1 + rng.integer(rng.integer(2) === 0 ? 8 : 100_000);
    const chunks = Array.from({ length: Math.min(2000, Math.ceil(bytes.length / size)) }, (_, i) =>
      bytes.subarray(i * size, i === 1999 ? undefined : (i + 1) * size),
    );

    const rows: Row[] = [];
    let failure: unknown;
    try {
      const records = readRecords({ name: 'some.file', chunks }, columns, format, { keepEmpty: true });
      for await (const { line, values } of records)
        rows.push({ line, cells: Object.keys(columns).map((key) => values[key] ?? '?') });
    } catch (error) {
      failure = error;
    }
    const { text, isDamaged } = decoded(isZipped ? gunzipSync(bytes) : bytes);
    const tables =
      format === 'jsonl'
        ? [objectsOf(text, columns)]
        : (format === 'csv' ? DELIMITERS : ['\t']).map((by) => tableOf(text, columns, by, format === 'csv'));
    const fitting = tables.filter(({ columns }) => columns === 'found');
    const sound = fitting.filter(({ faults, rows }) => faults.length === 0 && rows.length > 0);
    const problems = (sound.length > 0 ? sound : tables).map(problemOf); // any, where nothing says which
    const problem = problems.includes(undefined) ? undefined : problems[0];
    if (failure === undefined) whole++;
    else refused++;
    if (problem !== undefined)
      wrong.push(
        `seed ${SEED}, ${k}, ${format} by ${JSON.stringify(delimiter)}: ${problem}: ${JSON.stringify(text).slice(0, 400)}`,
      );

    function problemOf({ faults, columns, rows: expected }: Table): string | undefined {
      if (failure === undefined) {
        if (isDamaged || columns === 'missing' || faults.length > 0 || expected.length === 0)
          return 'must be refused';
        return JSON.stringify(rows) === JSON.stringify(expected) ? undefined : `read as ${JSON.stringify(rows)}`;
      }
      const { name, message: lines } = failure as Error;
      const message = lines.replaceAll(/\s*\n\s*/g, ' '); // as a program prints it
      if (name !== 'DataError' || !/^some\.file: [^\n]{1,300}$/.test(message)) return `${name}: ${message}`;
      const line = Number(/line ([\d,]+)/.exec(message)?.[1]?.replaceAll(',', ''));
      if (isDamaged && line > 0) return undefined;
      if (columns === 'missing' && / column/.test(message)) return undefined;
      if (faults.includes(line)) return undefined;
      if (expected.length === 0 && message === 'some.file: must hold records, got none') return undefined;
      return `${message}, and the faulty lines are ${faults.join(' ')}`;
    }
  }
  expect(wrong).toEqual([]);
  expect(Math.min(whole, refused)).toBeGreaterThan(TIMES / 10); // both are tried
});

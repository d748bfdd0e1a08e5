import { pipeline, Readable } from 'node:stream';
import { DataError } from '@unroll/rnn-core';
import { CsvError, parse } from 'csv-parse';
import { parse as parseSync } from 'csv-parse/sync';
import { flagName } from '../cli/flag.ts';
import { didYouMean } from '../console/nearest.ts';
import { type ByteSource, readBlocks } from './byte-source.ts';
import type { Columns, FullRecord } from './record.ts';

/**
 * The rows of a CSV or TSV file, one by one.
 *
 * @throws DataError naming the line of a row with more or fewer cells than the first, or with damaged quotes
 */
export async function* readTable(
  bytes: ByteSource,
  columns: Columns,
  kind: 'csv' | 'tsv',
): AsyncGenerator<FullRecord> {
  const blocks = readBlocks(bytes);
  const { delimiter, beginning } =
    kind === 'csv' ? await recognized(blocks, columns) : { delimiter: '\t', beginning: '' };
  let end = 0; // the line on which the last record ended; the parser runs ahead of the loop
  const parser = parse({
    delimiter,
    record_delimiter: '\n',
    quote: kind === 'csv' ? '"' : false,
    relax_column_count: true,
    max_record_size: MAX_RECORD,
    on_record: (record: string[], { lines }) => {
      end = lines;
      return [String(lines - record.join('').split('\n').length + 1), ...record]; // where it begins goes in front
    },
  });
  pipeline(Readable.from(prepend(beginning, blocks)), parser, () => undefined); // the loop below throws what fails
  const rows: AsyncIterable<string[]> = parser;

  let head: Head | undefined;
  try {
    for await (const [line, ...record] of rows) {
      const isBlank = record.length === 1 && record[0] === '';
      if (isBlank && head?.names.length !== 1) continue;
      const isHeader = head === undefined && hasHeader(columns);
      head ??= headOf(columns, record, bytes.name);
      if (isHeader) continue;
      const { names, positions } = head;
      if (record.length !== names.length)
        throw ragged(`${bytes.name}: line ${line}`, names.length, record, delimiter);
      yield {
        line: Number(line),
        values: Object.fromEntries(positions.map(([key, index]) => [key, record[index] ?? ''])),
        fields: names.map((name, index) => [name, record[index] ?? '']),
      };
    }
  } catch (error) {
    throw error instanceof CsvError ? new DataError(`${bytes.name}: line ${end + 1}: ${inWords(error)}`) : error;
  }
}

const MAX_RECORD = 2 ** 27; // characters; a record of so many has lost a quote

interface Head {
  readonly names: readonly string[];
  /** Where each wanted column stands, from 0. */
  readonly positions: readonly (readonly [key: string, index: number])[];
}

const hasHeader = (columns: Columns): boolean => Object.values(columns).some((column) => typeof column === 'string');

/** @throws DataError when the first row lacks a wanted column, naming the nearest it has, or has it twice */
function headOf(columns: Columns, first: readonly string[], where: string): Head {
  const names = hasHeader(columns) ? first.map((name) => name.trim()) : first.map((_, index) => String(index + 1));
  const position = (key: string, column: string | number): number => {
    if (typeof column === 'number') {
      if (column > names.length)
        throw new DataError(
          `${where}: has no column ${column} for ${key.startsWith('--') ? flagOf(key) : key}; its first line has ${names.length}: ${shortNames(first)}`,
        );
      return column - 1;
    }
    const index = names.indexOf(column);
    if (index < 0) {
      const remedy = `name the column with ${flagOf(key)}, or give its number for a file without a header`;
      throw new DataError(
        `${where}: has no column ${column}${didYouMean(column, names)}; its header is: ${shortNames(names)}; ${remedy}`,
      );
    }
    if (names.includes(column, index + 1))
      throw new DataError(`${where}: must have one column ${column}, got a header with two of that name`);
    return index;
  };
  return { names, positions: Object.entries(columns).map(([key, column]) => [key, position(key, column)]) };
}

/** The flag that names a column: `--text-column` of the key `text`; of a key such as `--covariates 2` the flag in it. */
const flagOf = (key: string): string => (key.startsWith('--') ? key.replace(/ .*/, '') : flagName(`${key}Column`));

const SHOWN_NAMES = 5;
const SHOWN_LETTERS = 30;

/** The first of a record's names, and the beginning of a long one: a text that is no table has long ones. */
export function shortNames(names: readonly string[]): string {
  const shown = names
    .slice(0, SHOWN_NAMES)
    .map((name) => (name.length > SHOWN_LETTERS ? `${name.slice(0, SHOWN_LETTERS).trimEnd()} …` : name));
  return shown.join(', ') + (names.length > SHOWN_NAMES ? ', …' : '');
}

function ragged(where: string, expected: number, record: readonly string[], delimiter: string): DataError {
  const names: Readonly<Record<string, string>> = { ',': 'a comma', ';': 'a semicolon' };
  const name = names[delimiter];
  const remedy =
    record.length > expected && name !== undefined ? `; put quotes around a cell that holds ${name}` : '';
  return new DataError(`${where}: must have ${expected} columns like the first line, got ${record.length}${remedy}`);
}

/** As much of a CSV file as shows its delimiter, however small the pieces are in which it comes. */
async function recognized(
  blocks: AsyncIterator<string>,
  columns: Columns,
): Promise<{ delimiter: string; beginning: string }> {
  let [delimiter, beginning, isSure] = [',', '', false];
  while (!isSure && beginning.length < SAMPLE_LENGTH) {
    const block = await blocks.next();
    if (block.done) break;
    beginning += block.value;
    ({ delimiter, isSure } = delimiterOf(beginning, columns));
  }
  return { delimiter, beginning };
}

const SAMPLE_LENGTH = 2 ** 16; // characters

/**
 * The delimiter of a CSV file: the one whose header has the wanted columns, or that gives every row as many cells as the
 * first, or that the first row holds most often. (csv-parse's `delimiter_auto` counts characters, and only ASCII ones.)
 */
function delimiterOf(beginning: string, columns: Columns): { delimiter: string; isSure: boolean } {
  const wanted = Object.values(columns).filter((column) => typeof column === 'string');
  const candidates = DELIMITERS.map((delimiter) => {
    const rows = sample(beginning, delimiter);
    const [first = [], ...rest] = rows;
    const hasWanted = wanted.length > 0 && wanted.every((name) => first.some((cell) => cell.trim() === name));
    const isRegular = first.length > 1 && rest.every(({ length }) => length === first.length);
    const isSure = hasWanted || rows.length >= SAMPLE;
    return { delimiter, isSure, score: [hasWanted, isRegular, first.length].map(Number) };
  });
  return candidates.reduce((best, next) => (better(next.score, best.score) ? next : best));
}

/** Whether the first score that differs is higher. */
function better(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, k) => value !== b[k]);
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0);
}

const DELIMITERS = [',', ';', '\t'];
const SAMPLE = 20; // rows

/** The first whole rows of a text that may end within one. */
function sample(text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  try {
    parseSync(text, {
      delimiter,
      record_delimiter: '\n',
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      to: SAMPLE,
      on_record: (row: string[]) => void rows.push(row),
    });
  } catch (error) {
    const isCut = error instanceof CsvError && error.code === 'CSV_QUOTE_NOT_CLOSED';
    return isCut ? rows : [];
  }
  return rows;
}

async function* prepend(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

function inWords({ code, message }: CsvError): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'quotes must be closed, got the end of the file';
  if (code === 'CSV_INVALID_CLOSING_QUOTE') return 'a quote within quotes must be doubled, got one alone';
  if (code === 'INVALID_OPENING_QUOTE')
    return 'a cell that holds a quote must be in quotes, its own doubled, got it bare';
  if (code === 'CSV_MAX_RECORD_SIZE')
    return `a record must have at most ${MAX_RECORD} characters, got more; a quote may not be closed`;
  return `must be CSV, got: ${message}`;
}

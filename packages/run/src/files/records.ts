import { pipeline, Readable } from 'node:stream';
import { ConfigError, DataError } from '@unroll/rnn-core';
import { CsvError, parse } from 'csv-parse';
import { didYouMean } from '../cli/nearest.ts';
import { type ByteSource, fileSource, readBlocks, readLines } from './byte-source.ts';

export const RECORD_FORMATS = ['csv', 'tsv', 'jsonl', 'json'] as const;
export type RecordFormat = (typeof RECORD_FORMATS)[number];

/** Which columns are wanted: by name where there is a header or keys, by number, from 1, where there is no header. */
export type Columns = Readonly<Record<string, string | number>>;

export interface DataRecord {
  /** Where it begins, from 1: the line, or in a JSON array the place. */
  readonly line: number;
  /** Its text in each wanted column. */
  readonly values: Readonly<Record<string, string>>;
}

/**
 * The records of a CSV, TSV, JSONL or JSON file, one by one, so that a file larger than memory can be read (but for
 * JSON, which is one value). CSV is RFC 4180, with quotes and line ends within them; TSV knows no quotes. A record all of
 * whose wanted columns are empty is passed over.
 *
 * @param source a path, or bytes from elsewhere
 * @param columns the wanted ones, by the names the caller gives them
 * @param format by default what the name ends in
 * @param options.keepEmpty yields records without any text too, for those who owe each an answer
 * @throws ConfigError when the format cannot be told
 * @throws DataError with the line at which the file is not what it must be
 */
export async function* readRecords(
  source: string | ByteSource,
  columns: Columns,
  format?: RecordFormat,
  { keepEmpty = false }: { readonly keepEmpty?: boolean } = {},
): AsyncGenerator<DataRecord> {
  const bytes = typeof source === 'string' ? fileSource(source) : source;
  const kind = format ?? formatOf(bytes.name);
  const records =
    kind === 'csv' || kind === 'tsv' ? readTable(bytes, columns, kind) : readObjects(bytes, columns, kind);
  let isEmpty = true;
  for await (const record of records) {
    isEmpty = false;
    if (keepEmpty || Object.values(record.values).some((value) => value !== '')) yield record;
  }
  if (isEmpty) throw new DataError(`${bytes.name}: must hold records, got none`);
}

/** What a file's name says it is. @throws ConfigError when it says nothing */
export function formatOf(name: string): RecordFormat {
  const ending = /\.([^.]+?)(\.gz)?$/.exec(name.toLowerCase())?.[1] ?? '';
  const format = RECORD_FORMATS.find((format) => format === ending.replace('ndjson', 'jsonl').replace('txt', 'tsv'));
  if (!format) throw new ConfigError(`${name}: must end in .csv, .tsv, .jsonl or .json, perhaps with .gz`);
  return format;
}

async function* readTable(bytes: ByteSource, columns: Columns, kind: 'csv' | 'tsv'): AsyncGenerator<DataRecord> {
  let end = 0; // the line on which the last record ended; the parser runs ahead of the loop
  const parser = parse({
    delimiter: kind === 'csv' ? ',' : '\t',
    quote: kind === 'csv' ? '"' : false,
    relax_column_count: true,
    skip_empty_lines: true,
    on_record: (record: string[], { lines }) => {
      end = lines;
      return [String(lines - record.join('').split('\n').length + 1), ...record]; // where it begins goes in front
    },
  });
  pipeline(Readable.from(readBlocks(bytes)), parser, () => undefined); // what fails is thrown by the loop below
  const rows: AsyncIterable<string[]> = parser;

  const hasHeader = Object.values(columns).some((column) => typeof column === 'string');
  let places: Record<string, number> | undefined; // of each wanted column, from 0
  try {
    for await (const [line, ...record] of rows) {
      const isHeader = places === undefined && hasHeader;
      places ??= placesOf(columns, record, bytes.name);
      if (!isHeader) yield { line: Number(line), values: pick(record, places, `${bytes.name}: line ${line}`) };
    }
  } catch (error) {
    throw error instanceof CsvError ? new DataError(`${bytes.name}: line ${end + 1}: ${inWords(error)}`) : error;
  }
}

/** Where each wanted column stands. @throws DataError when the header lacks one, naming the nearest it has */
function placesOf(columns: Columns, header: readonly string[], where: string): Record<string, number> {
  const place = (column: string | number): number => {
    if (typeof column === 'number') return column - 1;
    const index = header.indexOf(column);
    if (index >= 0) return index;
    const nearest = didYouMean(column, header) || `; it has ${header.join(', ')}`;
    throw new DataError(`${where}: must have a column ${column}, got a header without it${nearest}`);
  };
  return Object.fromEntries(Object.entries(columns).map(([key, column]) => [key, place(column)]));
}

function pick(
  record: readonly string[],
  places: Readonly<Record<string, number>>,
  where: string,
): Record<string, string> {
  const needed = Math.max(...Object.values(places)) + 1;
  if (record.length < needed) throw new DataError(`${where}: must have ${needed} columns, got ${record.length}`);
  return Object.fromEntries(Object.entries(places).map(([key, index]) => [key, record[index] ?? '']));
}

function inWords({ code, message }: CsvError): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'quotes must be closed, got the end of the file';
  if (code === 'CSV_INVALID_CLOSING_QUOTE') return 'a quote within quotes must be doubled, got one alone';
  return `must be CSV, got: ${message}`;
}

async function* readObjects(bytes: ByteSource, columns: Columns, kind: 'jsonl' | 'json'): AsyncGenerator<DataRecord> {
  let line = 0;
  for await (const value of kind === 'json' ? readArray(bytes) : readJsonLines(bytes)) {
    line++;
    if (value === undefined) continue;
    const where = `${bytes.name}: ${kind === 'json' ? 'record' : 'line'} ${line}`;
    if (!isObject(value)) throw new DataError(`${where}: must be a JSON object, got ${brief(value)}`);
    const texts = Object.entries(columns).map(
      ([key, column]) => [key, textOf(value, String(column), where)] as const,
    );
    yield { line, values: Object.fromEntries(texts) };
  }
}

/** One value a line; undefined for an empty line. */
async function* readJsonLines(bytes: ByteSource): AsyncGenerator {
  let line = 0;
  for await (const text of readLines(bytes)) {
    line++;
    yield text.trim() === '' ? undefined : parseOrThrow(text, `${bytes.name}: line ${line}`);
  }
}

async function* readArray(bytes: ByteSource): AsyncGenerator {
  let text = '';
  for await (const block of readBlocks(bytes)) text += block;
  const values = parseOrThrow(text, bytes.name);
  if (!Array.isArray(values)) throw new DataError(`${bytes.name}: must be a JSON array, got ${brief(values)}`);
  yield* values;
}

function parseOrThrow(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DataError(`${where}: must be JSON, got ${error instanceof Error ? error.message : brief(text)}`);
  }
}

/** A key's value as text; null is none. */
function textOf(object: Readonly<Record<string, unknown>>, key: string, where: string): string {
  const value = object[key];
  if (value === undefined) {
    const nearest = didYouMean(key, Object.keys(object)) || `; it has ${Object.keys(object).join(', ')}`;
    throw new DataError(`${where}: must have a key ${key}, got an object without it${nearest}`);
  }
  return typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const brief = (value: unknown): string => JSON.stringify(value).slice(0, 40);

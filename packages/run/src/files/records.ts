import { ConfigError, DataError } from '@unroll/rnn-core';
import { didYouMean } from '../console/nearest.ts';
import { type ByteSource, fileSource, readBlocks, readLines } from './byte-source.ts';
import type { Columns, FullRecord } from './record.ts';
import { readTable, shortNames } from './table-records.ts';
import { MAX_TEXT_BYTES, tooLarge } from './text-file.ts';

export type { Columns, DataRecord, Field, FullRecord } from './record.ts';

/** The formats of records. */
export const RECORD_FORMATS = ['csv', 'tsv', 'jsonl', 'json'] as const;
/** A format of records, as the end of a file's name says it. */
export type RecordFormat = (typeof RECORD_FORMATS)[number];

/** Of {@link readRecords}. */
export interface RecordOptions {
  /** Yields records without any text too, for those who owe each an answer. */
  readonly keepEmpty?: boolean;
}

/**
 * The records of a CSV, TSV, JSONL or JSON file, one by one, so that a file larger than memory can be read (but for
 * JSON, which is one value). CSV is RFC 4180, with quotes and line ends within them, delimited by commas, semicolons or
 * tabs as its first lines show; TSV knows no quotes. A record all of whose wanted columns are empty is passed over.
 *
 * @param source a path, or bytes from elsewhere
 * @param columns the wanted ones, by the names the caller gives them
 * @param format by default what the name ends in
 * @throws ConfigError when the format cannot be told
 * @throws DataError with the line at which the file is not what it must be
 */
export async function* readRecords(
  source: string | ByteSource,
  columns: Columns,
  format?: RecordFormat,
  { keepEmpty = false }: RecordOptions = {},
): AsyncGenerator<FullRecord> {
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

/** Turns the number of a column, as a flag gives it, into a position from 1 in a file without a header. */
export const columnOf = (name: string): string | number => (/^[1-9]\d*$/.test(name) ? Number(name) : name);

/** What a file's name says it is. @throws ConfigError when it says nothing */
export function formatOf(name: string): RecordFormat {
  const ending = /\.([^.]+?)(\.gz)?$/.exec(name.toLowerCase())?.[1] ?? '';
  const format = RECORD_FORMATS.find((format) => format === ending.replace('ndjson', 'jsonl').replace('txt', 'tsv'));
  if (!format) throw new ConfigError(`${name}: must end in .csv, .tsv, .jsonl or .json, perhaps with .gz`);
  return format;
}

async function* readObjects(bytes: ByteSource, columns: Columns, kind: 'jsonl' | 'json'): AsyncGenerator<FullRecord> {
  let line = 0;
  for await (const value of kind === 'json' ? readArray(bytes) : readJsonLines(bytes)) {
    line++;
    if (value === undefined) continue;
    const where = `${bytes.name}: ${kind === 'json' ? 'record' : 'line'} ${line}`;
    if (!isObject(value)) throw new DataError(`${where}: must be a JSON object, got ${brief(value, where)}`);
    const texts = Object.entries(columns).map(
      ([key, column]) => [key, textOf(value, String(column), where)] as const,
    );
    yield { line, values: Object.fromEntries(texts), fields: Object.entries(value) };
  }
}

/** One value a line; undefined for an empty line. */
async function* readJsonLines(bytes: ByteSource): AsyncGenerator {
  let line = 0;
  for await (const text of readLines(bytes)) {
    line++;
    yield text.trim() === ''
      ? undefined
      : parseUserJson(text, `${bytes.name}: line ${line}`, 'a JSON object on one line');
  }
}

async function* readArray(bytes: ByteSource): AsyncGenerator {
  let text = '';
  for await (const block of readBlocks(bytes)) {
    if (text.length + block.length > MAX_TEXT_BYTES) throw tooLarge(bytes.name, 'JSON');
    text += block;
  }
  const values = parseUserJson(text, bytes.name, 'JSON');
  if (!Array.isArray(values))
    throw new DataError(`${bytes.name}: must be a JSON array, got ${brief(values, bytes.name)}`);
  yield* values;
}

/**
 * Parses JSON that a person wrote.
 *
 * @param what it must be
 * @throws DataError saying where the text stops being JSON, as far as the engine tells
 */
export function parseUserJson(text: string, where: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const at = Number(/at position (\d+)/.exec(message)?.[1] ?? Number.NaN);
    const isCut = /Unexpected end|Unterminated/.test(message) || at >= text.trimEnd().length;
    const fault = isCut
      ? ', which ends too early'
      : at > 0
        ? `, which is wrong from ${text.slice(at, at + SHOWN)} on`
        : '';
    throw new DataError(`${where}: must be ${what}, got ${text.trim().slice(0, SHOWN)}${fault}; ${JSON_RULE}`);
  }
}

const JSON_RULE = 'keys and texts stand in double quotes';

/** A key's value as text; null is none. */
function textOf(object: Readonly<Record<string, unknown>>, key: string, where: string): string {
  const value = object[key];
  if (value === undefined) {
    const nearest = didYouMean(key, Object.keys(object)) || `; it has ${shortNames(Object.keys(object))}`;
    throw new DataError(`${where}: must have a key ${key}, got an object without it${nearest}`);
  }
  if (typeof value === 'string') return value.normalize('NFC'); // escapes may be decomposed where the file is not
  return value === null ? '' : asJson(value, where);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const brief = (value: unknown, where: string): string => asJson(value, where).slice(0, SHOWN);

const SHOWN = 40; // characters

/** Prints recursively: what is nested too deeply exhausts the stack. */
function asJson(value: unknown, where: string): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) throw new DataError(`${where}: is nested too deeply`);
    throw error;
  }
}

import { createHash } from 'node:crypto';
import { ConfigError, DataError } from '@unroll/rnn-core';
import { type ByteSource, type DataRecord, decodeText, readLines, readRecords } from '@unroll/run';
import type { Dataset } from './dataset.ts';
import type { Split } from './description.ts';

/**
 * The records of one split of a named data set: `text` and `label` of a classification set, `source` and `target` of a
 * translation set.
 *
 * @throws ConfigError when the set is a running text, images or recordings
 * @throws DataError when it cannot be had, or is damaged
 */
export async function* readDatasetRecords(dataset: Dataset, split: Split): AsyncGenerator<DataRecord> {
  const { splits } = dataset.description;
  if (splits.by === 'position' || splits.by === 'folder') throw noRecords(dataset);
  if (splits.by === 'file') {
    yield* read(dataset, splits[split]);
    return;
  }
  for await (const record of readAllRecords(dataset))
    if (splitByHash(record.values[splits.of] ?? '', splits) === split) yield record;
}

/**
 * All records of a named data set, in the order of its files: of a series, whose splits are by position, `value` and either
 * `time` or `year`, `month` and `day`.
 *
 * @throws as {@link readDatasetRecords}
 */
export async function* readAllRecords(dataset: Dataset): AsyncGenerator<DataRecord> {
  yield* read(
    dataset,
    dataset.description.files.map(({ name }) => name),
  );
}

/**
 * On which side of a split a text falls: by its hash, so that the same text is on the same side in every run, on every
 * machine, and wherever else it occurs. The tenths of the whole go by the hash's last decimal digit: with a tenth each,
 * 8 is for validation and 9 for the test.
 *
 * @param fractions of the whole; the rest is for training
 */
export function splitByHash(text: string, fractions: Fractions): Split {
  const fraction = hashFraction(text);
  if (fraction >= 1 - fractions.test) return 'test';
  return fraction >= 1 - fractions.test - fractions.valid ? 'valid' : 'train';
}

/** Of the whole, what is for validation and for the test. */
export interface Fractions {
  readonly valid: number;
  readonly test: number;
}

const FEWEST = 10; // different texts, of which each side gets one

/**
 * The side of each text by {@link splitByHash}, except that of ten different texts or more no side stays empty that has a fraction
 * of the whole: it gets the text whose hash is nearest to it.
 */
export function splitAllByHash(texts: Iterable<string>, fractions: Fractions): ReadonlyMap<string, Split> {
  const sides = new Map(Array.from(texts, (text) => [text, splitByHash(text, fractions)]));
  if (sides.size < FEWEST) return sides;
  for (const side of ['test', 'valid'] as const) {
    if (fractions[side] === 0 || [...sides.values()].includes(side)) continue;
    const below = [...sides.keys()].filter((text) => sides.get(text) !== 'test');
    const [nearest = ''] = below.toSorted((a, b) => hashFraction(b) - hashFraction(a));
    sides.set(nearest, side);
  }
  return sides;
}

/** A number from 0 to 1 that is the same wherever the text occurs. */
function hashFraction(text: string): number {
  const hash = createHash('sha256').update(text).digest().readUInt32BE();
  return ((hash % 10) + hash / 2 ** 32) / 10;
}

function noRecords({ name, description }: Dataset): ConfigError {
  const content = { text: 'a running text', idx: 'images', wav: 'recordings' } as Readonly<Record<string, string>>;
  return new ConfigError(
    `--dataset must be a set of records, got ${name}, which is ${content[description.format.kind] ?? 'split by position'}`,
  );
}

async function* read(dataset: Dataset, names: readonly string[]): AsyncGenerator<DataRecord> {
  const { format } = dataset.description;
  const sources = await Promise.all(names.map(async (name) => ({ name, chunks: [await dataset.bytes(name)] })));
  switch (format.kind) {
    case 'text':
    case 'idx':
    case 'wav':
      throw noRecords(dataset);
    case 'aligned':
      yield* readAligned(sources, format.columns);
      return;
    case 'typescript-diagnostics':
      yield* readDiagnostics(sources.map(({ name, chunks: [bytes] }) => decodeText(bytes ?? new Uint8Array(), name)));
      return;
    default:
      for (const source of sources) yield* readRecords(source, format.columns, format.kind);
  }
}

/**
 * Line n of every file, together.
 *
 * @param columns what each file's lines are called
 * @throws DataError naming the first line that one of the files lacks, or an empty file
 */
export async function* readAligned(
  sources: readonly ByteSource[],
  columns: readonly string[],
): AsyncGenerator<DataRecord> {
  const files = sources.map((source) => readLines(source, { requireText: true }));
  for (let line = 1; ; line++) {
    const next = await Promise.all(files.map(async (file) => file.next()));
    if (next.every(({ done }) => done)) return;
    const ended = next.findIndex(({ done }) => done);
    if (ended >= 0) {
      const names = sources.map(({ name }) => name).join(' and ');
      throw new DataError(
        `${names}: must have the same number of lines, but ${sources[ended]?.name} ends before line ${line}`,
      );
    }
    yield { line, values: Object.fromEntries(next.map(({ value }, i) => [columns[i] ?? '', String(value)])) };
  }
}

/** `diag(1002, 1, "key", "message")` in the compiler's source, and `{ "key": "translation" }`. */
function* readDiagnostics([compiler = '', translations = '{}']: readonly string[]): Generator<DataRecord> {
  const target: Record<string, string> = JSON.parse(translations);
  const calls = compiler.matchAll(/ diag\(\d+, \d+ [^"]*("(?:[^"\\]|\\.)*"), ("(?:[^"\\]|\\.)*")/g);
  let line = 0;
  for (const [, key = '""', message = '""'] of calls) {
    const translation = target[JSON.parse(key)];
    if (translation !== undefined)
      yield { line: ++line, values: { source: JSON.parse(message), target: translation } };
  }
}

import { basename } from 'node:path';
import {
  Dataset,
  type DatasetOptions,
  dataFiles,
  describeDataset,
  readAligned,
  readDatasetRecords,
  splitAllByHash,
} from '@unroll/datasets';
import { ConfigError, DataError } from '@unroll/rnn-core';
import { countDistinct, type DataFile, type DataRecord, fileSource, readRecords } from '@unroll/run';
import { cleaned, type TextPair } from '../tokenizer.ts';

/** A sentence and its translation. */
export interface Pair extends TextPair {
  /** Line of the file, from 1. */
  readonly line: number;
}

/** Parallel text in its splits. */
export interface ParallelCorpus {
  /** Part of the name of the run's folder. */
  readonly name: string;
  /** Who must be credited. */
  readonly attribution: string | undefined;
  readonly train: readonly Pair[];
  readonly valid: readonly Pair[];
  /** Absent where only files were given. */
  readonly test: readonly Pair[] | undefined;
}

export interface ParallelOptions extends DatasetOptions {
  /** A named data set. */
  readonly dataset?: string | undefined;
  /** A TSV file, source and target in its two columns. */
  readonly data?: string | undefined;
  /** Its held-out pairs, in the same form. */
  readonly valid?: string | undefined;
  /** Two files; line n of one is the translation of line n of the other. */
  readonly source?: string | undefined;
  readonly target?: string | undefined;
  readonly validSource?: string | undefined;
  readonly validTarget?: string | undefined;
}

/** The files that {@link readParallel} reads. */
export const parallelFiles = (options: ParallelOptions): DataFile[] => {
  const { dataset, data, valid, source, target, validSource, validTarget } = options;
  return dataFiles(dataset, [data, valid, source, target, validSource, validTarget]);
};

const HELD_OUT = { fraction: 0.05, most: 2000 }; // of so many pairs BLEU is known well, and translated in seconds

/**
 * @throws ConfigError as {@link checkParallel}
 * @throws DataError when a file is missing, empty, binary or not UTF-8, or two files differ in length
 */
export async function readParallel(options: ParallelOptions): Promise<ParallelCorpus> {
  checkParallel(options);
  const { dataset = '', data, source, target } = options;
  if (isOwn(options)) {
    const train = await readOwn({ data, source, target });
    const name = basename(data ?? source ?? '').replace(/(\.[^.]+?)?(\.gz)?$/, '');
    return { name, attribution: undefined, test: undefined, ...(await heldOut(options, train)) };
  }
  const set = Dataset.open(dataset, options);
  const { attribution } = set.description;
  const [train, valid, test] = await Promise.all(
    (['train', 'valid', 'test'] as const).map(async (split) => collect(pairsOf(readDatasetRecords(set, split)))),
  );
  return { name: set.name, attribution, train: train ?? [], valid: valid ?? [], test };
}

/** One file of pairs, or two of sentences. */
type OwnFiles = Pick<ParallelOptions, 'data' | 'source' | 'target'>;

const isOwn = ({ data, source, target }: OwnFiles): boolean => (data ?? source ?? target) !== undefined;

/** Checks the options without reading a text. @throws ConfigError when they name no parallel text, or contradict each other */
export function checkParallel(options: ParallelOptions): void {
  const { dataset, data, source, target, valid, validSource, validTarget } = options;
  if (!isOwn(options) && dataset === undefined)
    throw new ConfigError(
      '--dataset, --data or --source must be given, got none; give --dataset NAME, --data FILE, or --source FILE and --target FILE',
    );
  if (valid !== undefined && data === undefined)
    throw new ConfigError(
      '--valid must be given together with --data, got --valid alone; with --source, give --valid-source and --valid-target',
    );
  if ((validSource ?? validTarget) !== undefined && source === undefined)
    throw new ConfigError(
      '--valid-source and --valid-target must be given together with --source and --target; with --data, give --valid',
    );
  if (isOwn(options)) checkOwn({ data, source, target });
  else describeDataset(dataset as string, 'translation');
  checkBoth({ '--valid-source': validSource, '--valid-target': validTarget });
}

/** @throws ConfigError unless there is one file of pairs, or two of sentences */
export function checkOwn({ data, source, target }: OwnFiles): void {
  if (!isOwn({ data, source, target }))
    throw new ConfigError(
      '--data or --source must be given, got neither; give --data FILE, or --source FILE and --target FILE',
    );
  checkBoth({ '--source': source, '--target': target });
}

/** @throws ConfigError when one of two flags is given alone */
function checkBoth(flags: Readonly<Record<string, string | undefined>>): void {
  const names = Object.keys(flags);
  const given = names.filter((name) => flags[name] !== undefined);
  if (given.length === 1)
    throw new ConfigError(`${names.join(' and ')} must be given together, got ${given[0]} alone`);
}

/** The pairs of one file or two, which {@link checkOwn} has seen. */
export const readOwn = async (files: OwnFiles): Promise<Pair[]> => await collect(streamOwn(files));

/** The same, one by one. */
export function streamOwn({ data, source, target }: OwnFiles): AsyncGenerator<Pair> {
  if (data !== undefined) return pairsOf(readRecords(data, { source: 1, target: 2 }, 'tsv'));
  return pairsOf(readAligned([fileSource(source as string), fileSource(target as string)], ['source', 'target']));
}

/**
 * Returns the pairs, none of which has an empty side.
 *
 * @param where the pairs' file, for the error
 * @throws DataError naming the first line with an empty side, which has no score
 */
export function checkComplete(where: string, pairs: readonly Pair[]): readonly Pair[] {
  for (const pair of pairs) checkSides(where, pair);
  return pairs;
}

/** Returns a pair with two sides. @throws DataError naming its line when one is empty */
export function checkSides(where: string, pair: Pair): Pair {
  if (pair.source !== '' && pair.target !== '') return pair;
  throw new DataError(
    `${where}: every line must have a sentence and its translation, got an empty side on line ${pair.line}`,
  );
}

/** The held-out pairs that were given, or a fraction of all pairs, selected by the hash of the source. */
async function heldOut(
  options: ParallelOptions,
  all: readonly Pair[],
): Promise<Pick<ParallelCorpus, 'train' | 'valid'>> {
  const { valid, validSource, validTarget } = options;
  if (valid !== undefined) return { train: all, valid: await readOwn({ data: valid }) };
  if (validSource !== undefined)
    return { train: all, valid: await readOwn({ source: validSource, target: validTarget }) };
  const fractions = { valid: Math.min(HELD_OUT.fraction, HELD_OUT.most / all.length), test: 0 };
  const sides = splitAllByHash(
    all.map(({ source }) => source),
    fractions,
  );
  const isValid = all.map(({ source }) => sides.get(source) === 'valid');
  const parts = { train: all.filter((_, k) => !isValid[k]), valid: all.filter((_, k) => isValid[k]) };
  if (parts.valid.length === 0 || parts.train.length === 0) {
    const sources = countDistinct(
      all.map(({ source }) => source),
      'source sentences',
    );
    throw new DataError(
      `${options.data ?? options.source}: must have enough pairs to hold some out for validation, got ${sources}; give more different ones, or ${options.data === undefined ? '--valid-source and --valid-target' : '--valid'}`,
    );
  }
  return parts;
}

async function* pairsOf(records: AsyncIterable<DataRecord>): AsyncGenerator<Pair> {
  for await (const { line, values } of records)
    yield { source: cleaned(values['source'] ?? ''), target: cleaned(values['target'] ?? ''), line };
}

async function collect(pairs: AsyncIterable<Pair>): Promise<Pair[]> {
  const all: Pair[] = [];
  for await (const pair of pairs) all.push(pair);
  return all;
}

import { basename } from 'node:path';
import {
  Dataset,
  type DatasetOptions,
  dataFiles,
  readAligned,
  readDatasetRecords,
  splitByHash,
} from '@unroll/datasets';
import { ConfigError, DataError } from '@unroll/rnn-core';
import { type DataFile, type DataRecord, fileSource, readRecords } from '@unroll/run';
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

const HELD_OUT = { valid: 0.05, test: 0 };

/**
 * @throws ConfigError when the options contradict each other or the data set is not parallel text
 * @throws DataError when a file is missing, empty, binary or not UTF-8, or two files differ in length
 */
export async function readParallel(options: ParallelOptions): Promise<ParallelCorpus> {
  const { dataset, data, source, target } = options;
  if (data !== undefined || source !== undefined || target !== undefined) {
    const train = await readOwn(options, { data, source, target });
    const name = basename(data ?? source ?? '').replace(/(\.[^.]+?)?(\.gz)?$/, '');
    return { name, attribution: undefined, test: undefined, ...(await heldOut(options, train)) };
  }
  if (options.valid ?? options.validSource ?? options.validTarget)
    throw new ConfigError('--valid needs --data, and --valid-source and --valid-target need --source and --target');
  if (dataset === undefined)
    throw new ConfigError('--dataset, --data, or --source and --target must be given: the training data');
  const set = Dataset.open(dataset, options);
  const { task, attribution } = set.description;
  if (task !== 'translation')
    throw new ConfigError(
      `--dataset must be a data set for translation (such as multi30k-en-fr), got ${set.name}, which is for ${task}`,
    );
  const [train, valid, test] = await Promise.all(
    (['train', 'valid', 'test'] as const).map(async (split) => pairsOf(readDatasetRecords(set, split))),
  );
  return { name: set.name, attribution, train: train ?? [], valid: valid ?? [], test };
}

/** Pairs of one file or two. */
export async function readOwn(
  { validSource, validTarget }: Pick<ParallelOptions, 'validSource' | 'validTarget'>,
  { data, source, target }: Pick<ParallelOptions, 'data' | 'source' | 'target'>,
): Promise<Pair[]> {
  if (data !== undefined) {
    if (validSource !== undefined || validTarget !== undefined)
      throw new ConfigError(
        '--valid-source and --valid-target need --source and --target; with --data, give --valid',
      );
    return pairsOf(readRecords(data, { source: 1, target: 2 }, 'tsv'));
  }
  if (source === undefined && target === undefined)
    throw new ConfigError('--data, or --source and --target, must be given');
  if (source === undefined || target === undefined)
    throw new ConfigError(
      `--source and --target must be given together, got --${source === undefined ? 'target' : 'source'} alone`,
    );
  return pairsOf(readAligned([fileSource(source), fileSource(target)], ['source', 'target']));
}

/**
 * Returns the pairs, none of which has an empty side.
 *
 * @param where the pairs' file, for the error
 * @throws DataError naming the first line with an empty side, which has no score
 */
export function checkComplete(where: string, pairs: readonly Pair[]): readonly Pair[] {
  const empty = pairs.find(({ source, target }) => source === '' || target === '');
  if (empty)
    throw new DataError(
      `${where}: every line must have a sentence and its translation, got an empty side on line ${empty.line}`,
    );
  return pairs;
}

/** The held-out pairs that were given, or a fraction of all pairs, selected by the hash of the source. */
async function heldOut(
  options: ParallelOptions,
  all: readonly Pair[],
): Promise<Pick<ParallelCorpus, 'train' | 'valid'>> {
  const { valid, validSource, validTarget } = options;
  if (valid !== undefined) {
    if (options.data === undefined) throw new ConfigError('--valid needs --data; with --source, give --valid-source');
    return { train: all, valid: await pairsOf(readRecords(valid, { source: 1, target: 2 }, 'tsv')) };
  }
  if (validSource !== undefined || validTarget !== undefined)
    return { train: all, valid: await readOwn({}, { source: validSource, target: validTarget }) };
  const isValid = all.map((pair) => splitByHash(pair.source, HELD_OUT) === 'valid');
  const parts = { train: all.filter((_, k) => !isValid[k]), valid: all.filter((_, k) => isValid[k]) };
  if (parts.valid.length === 0 || parts.train.length === 0)
    throw new DataError(
      `${options.data ?? options.source}: must have enough pairs to hold some out for validation, got ${all.length}; give --valid or --valid-source`,
    );
  return parts;
}

async function pairsOf(records: AsyncIterable<DataRecord>): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for await (const { line, values } of records)
    pairs.push({ source: cleaned(values['source'] ?? ''), target: cleaned(values['target'] ?? ''), line });
  return pairs;
}

import { basename } from 'node:path';
import { ConfigError, DataError } from '@unroll/rnn-core';
import {
  type DataRecord,
  Dataset,
  type DatasetOptions,
  fileSource,
  readAligned,
  readDatasetRecords,
  readRecords,
  splitByHash,
} from '@unroll/run';

/** A sentence and its translation. */
export interface Pair {
  readonly source: string;
  readonly target: string;
  /** Where it stands, from 1. */
  readonly line: number;
}

/** Pairs in their parts: what is learnt from, what is watched while learning, what is judged by. */
export interface ParallelCorpus {
  /** For the run's folder. */
  readonly name: string;
  /** What must be said of where it comes from. */
  readonly attribution: string | undefined;
  readonly train: readonly Pair[];
  readonly valid: readonly Pair[];
  /** Absent when a person's own data has none. */
  readonly test: readonly Pair[] | undefined;
}

export interface ParallelOptions extends DatasetOptions {
  /** A named data set. */
  readonly dataset?: string | undefined;
  /** A TSV file of one's own, source and target in its two columns. */
  readonly data?: string | undefined;
  /** Its held-out part, in the same form. */
  readonly valid?: string | undefined;
  /** Two files of one's own, line n of each belonging together. */
  readonly source?: string | undefined;
  readonly target?: string | undefined;
  readonly validSource?: string | undefined;
  readonly validTarget?: string | undefined;
}

const OWN_SHARES = { valid: 0.05, test: 0 };

/**
 * @throws ConfigError when what is asked for contradicts itself or is no parallel text
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
    throw new ConfigError(
      '--valid must stand beside --data, and --valid-source and --valid-target beside --source and --target',
    );
  if (dataset === undefined)
    throw new ConfigError('--dataset, --data, or --source and --target must be given: what to learn from');
  const set = Dataset.open(dataset, options);
  const { task, attribution } = set.description;
  if (task !== 'translation')
    throw new ConfigError(`--dataset must be parallel text, got ${set.name}, which is for ${task}`);
  const [train, valid, test] = await Promise.all(
    (['train', 'valid', 'test'] as const).map(async (split) => pairsOf(readDatasetRecords(set, split))),
  );
  return { name: set.name, attribution, train: train ?? [], valid: valid ?? [], test };
}

/** Pairs of one's own, from one file or two. */
export async function readOwn(
  { validSource, validTarget }: Pick<ParallelOptions, 'validSource' | 'validTarget'>,
  { data, source, target }: Pick<ParallelOptions, 'data' | 'source' | 'target'>,
): Promise<Pair[]> {
  if (data !== undefined) {
    if (validSource !== undefined || validTarget !== undefined)
      throw new ConfigError(
        '--valid-source and --valid-target must stand beside --source and --target; with --data it is --valid',
      );
    return pairsOf(readRecords(data, { source: 1, target: 2 }, 'tsv'));
  }
  if (source === undefined || target === undefined)
    throw new ConfigError(
      `--source and --target must be given together, got --${source === undefined ? 'target' : 'source'} alone`,
    );
  return pairsOf(readAligned([fileSource(source), fileSource(target)], ['source', 'target']));
}

/** The held-out pairs that were given, or a share of what is learnt from, chosen by the hash of the source. */
async function heldOut(
  options: ParallelOptions,
  all: readonly Pair[],
): Promise<Pick<ParallelCorpus, 'train' | 'valid'>> {
  const { valid, validSource, validTarget } = options;
  if (valid !== undefined) {
    if (options.data === undefined)
      throw new ConfigError('--valid must stand beside --data; with --source it is --valid-source');
    return { train: all, valid: await pairsOf(readRecords(valid, { source: 1, target: 2 }, 'tsv')) };
  }
  if (validSource !== undefined || validTarget !== undefined)
    return { train: all, valid: await readOwn({}, { source: validSource, target: validTarget }) };
  const isValid = all.map((pair) => splitByHash(pair.source, OWN_SHARES) === 'valid');
  const parts = { train: all.filter((_, k) => !isValid[k]), valid: all.filter((_, k) => isValid[k]) };
  if (parts.valid.length === 0 || parts.train.length === 0)
    throw new DataError(
      `${options.data ?? options.source}: must be long enough to hold a part out, got ${all.length} pairs; give --valid`,
    );
  return parts;
}

async function pairsOf(records: AsyncIterable<DataRecord>): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for await (const { line, values } of records)
    pairs.push({ source: clean(values['source']), target: clean(values['target']), line });
  return pairs;
}

/** Composed characters, and no white space at the ends. */
const clean = (text = ''): string => text.normalize('NFC').trim();

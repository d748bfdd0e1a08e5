import { basename } from 'node:path';
import { ConfigError, DataError } from '@unroll/rnn-core';
import { decodeText, readTextFile } from '@unroll/run';
import { Dataset, type DatasetOptions } from './dataset.ts';

/** A running text in its parts: for training, validation and testing. */
export interface Corpus {
  /** For the run's folder. */
  readonly name: string;
  /** What must be said of where it comes from. */
  readonly attribution: string | undefined;
  readonly train: string;
  readonly valid: string;
  /** Absent when a person's own data has none. */
  readonly test: string | undefined;
}

/** Which text is read, as flags name it. */
export interface CorpusOptions extends DatasetOptions {
  /** A named data set. */
  readonly dataset?: string | undefined;
  /** A text file, instead of a data set. */
  readonly data?: string | undefined;
  /** Its held-out part; by default the last tenth of `data`. */
  readonly valid?: string | undefined;
}

const OWN_TRAIN_SHARE = 0.9;

/**
 * @throws ConfigError when what is asked for contradicts itself or is no running text
 * @throws DataError when a file is missing, empty, binary or not UTF-8
 */
export async function readCorpus(options: CorpusOptions): Promise<Corpus> {
  const { dataset, data, valid } = options;
  if (data !== undefined) return readOwn(data, valid);
  if (valid !== undefined) throw new ConfigError('--valid needs --data, whose held-out part it is');
  if (dataset === undefined) throw new ConfigError('--dataset or --data must be given: what to learn from');
  return readNamed(Dataset.open(dataset, options));
}

function readOwn(data: string, validFile: string | undefined): Corpus {
  const text = readTextFile(data);
  const name = basename(data)
    .replace(/\.gz$/, '')
    .replace(/\.[^.]+$/, '');
  const own = { name, attribution: undefined, test: undefined };
  if (validFile !== undefined) return { ...own, train: text, valid: readTextFile(validFile) };
  const cut = cutAt(text, OWN_TRAIN_SHARE);
  if (cut === 0 || cut === text.length)
    throw new DataError(`${data}: must be long enough to split, got ${text.length} characters`);
  return { ...own, train: text.slice(0, cut), valid: text.slice(cut) };
}

async function readNamed(set: Dataset): Promise<Corpus> {
  const { format, splits, attribution, task } = set.description;
  if (format.kind !== 'text')
    throw new ConfigError(
      `--dataset must be a data set for language modelling (such as moby-dick), got ${set.name}, which is for ${task}`,
    );
  const files = await set.files();
  const textOf = (names: readonly string[]): string =>
    files
      .filter(({ name }) => names.includes(name))
      .map(({ name, bytes }) => decodeText(bytes, name))
      .join('');
  const common = { name: set.name, attribution };
  if (splits.by === 'file')
    return { ...common, train: textOf(splits.train), valid: textOf(splits.valid), test: textOf(splits.test) };
  if (splits.by === 'hash' || splits.by === 'folder')
    throw new ConfigError(`${set.name}: a running text must be split by file or position`);
  const text = textOf(files.map(({ name }) => name));
  const [first, second] = [cutAt(text, splits.train), cutAt(text, splits.train + splits.valid)];
  return { ...common, train: text.slice(0, first), valid: text.slice(first, second), test: text.slice(second) };
}

/** Where a fraction of the text ends, never between the two halves of one character. */
function cutAt(text: string, share: number): number {
  const at = Math.floor(text.length * share);
  const isLowHalf = (text.charCodeAt(at) & 0xfc00) === 0xdc00;
  return isLowHalf ? at - 1 : at;
}

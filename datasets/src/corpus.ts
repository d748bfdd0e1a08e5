import { basename } from 'node:path';
import { ConfigError, DataError } from '@unroll/rnn-core';
import { decodeText, fileSource, readPieces, readTextFile } from '@unroll/run';
import { Dataset, type DatasetOptions } from './dataset.ts';
import { describeDataset } from './description.ts';

/** A running text in its splits. */
export interface Corpus {
  /** For the run's folder. */
  readonly name: string;
  /** Who must be credited. */
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
  /** A text file to validate on; by default the last tenth of `data`, but 250,000 characters at most. */
  readonly valid?: string | undefined;
  /** How much of `data` is read, from its beginning; by default all of it. */
  readonly maxCharacters?: number | undefined;
}

const TRAINING_FRACTION = 0.9;
const MOST_HELD_OUT = 250_000; // characters: more would make a validation slow and hardly more exact

/**
 * @throws ConfigError as {@link checkCorpus}
 * @throws DataError when a file is missing, empty, binary or not UTF-8
 */
export async function readCorpus(options: CorpusOptions): Promise<Corpus> {
  checkCorpus(options);
  const { dataset = '', data } = options;
  return data === undefined ? readNamed(Dataset.open(dataset, options)) : readOwn({ ...options, data });
}

/** Checks the options without reading a text. @throws ConfigError when they name no running text, or contradict each other */
export function checkCorpus({ dataset, data, valid }: CorpusOptions): void {
  if (data !== undefined) return;
  if (valid !== undefined)
    throw new ConfigError('--valid must be given together with --data, got --valid alone; add --data FILE');
  if (dataset === undefined)
    throw new ConfigError('--dataset or --data must be given, got neither; give --dataset NAME or --data FILE');
  describeDataset(dataset, TASK);
}

const TASK = 'language modelling';

async function readOwn({ data, valid, maxCharacters }: CorpusOptions & { readonly data: string }): Promise<Corpus> {
  const text = maxCharacters === undefined ? readTextFile(data) : await readBeginning(data, maxCharacters);
  const name = basename(data)
    .replace(/\.gz$/, '')
    .replace(/\.[^.]+$/, '');
  const own = { name, attribution: undefined, test: undefined };
  if (valid !== undefined) return { ...own, train: text, valid: readTextFile(valid) };
  const cut = cutAt(text, Math.max(TRAINING_FRACTION * text.length, text.length - MOST_HELD_OUT));
  if (cut === 0 || cut === text.length)
    throw new DataError(
      `${data}: must be long enough to split, got ${text.length === 0 ? 'no character' : 'a single character'}`,
    );
  return { ...own, train: text.slice(0, cut), valid: text.slice(cut) };
}

async function readNamed(set: Dataset): Promise<Corpus> {
  const { splits, attribution } = set.description;
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
  const first = cutAt(text, splits.train * text.length);
  const second = cutAt(text, (splits.train + splits.valid) * text.length);
  return { ...common, train: text.slice(0, first), valid: text.slice(first, second), test: text.slice(second) };
}

/** The first characters of a file, of which no more is read than they need. */
async function readBeginning(path: string, characters: number): Promise<string> {
  let text = '';
  for await (const piece of readPieces(fileSource(path))) {
    text += piece;
    if (text.length >= characters) return text.slice(0, cutAt(text, characters));
  }
  return text;
}

/** So many characters of the text, rounded down, or one less where that would cut a surrogate pair. */
function cutAt(text: string, characters: number): number {
  const at = Math.floor(characters);
  const isLowHalf = (text.charCodeAt(at) & 0xfc00) === 0xdc00;
  return isLowHalf ? at - 1 : at;
}

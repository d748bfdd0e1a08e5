import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { ConfigError, DataError } from '@unroll/rnn-core';
import { decodeText, fileSource, isLowSurrogate, readEnding, readPieces, readTextFile } from '@unroll/run';
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
  /** How much of `data` is trained on, from its beginning; by default all but what is held out. */
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
  const name = basename(data)
    .replace(/\.gz$/, '')
    .replace(/\.[^.]+$/, '');
  const own = { name, attribution: undefined, test: undefined };
  const isWhole = maxCharacters === undefined;
  if (valid !== undefined) {
    const train = isWhole ? readTextFile(data) : await readBeginning(data, maxCharacters);
    return { ...own, train, valid: readTextFile(valid) };
  }
  return { ...own, ...(isWhole ? split(readTextFile(data), data) : await readEnds(data, maxCharacters)) };
}

/** A text without what is held out, and that. */
function split(text: string, where: string): Pick<Corpus, 'train' | 'valid'> {
  const cut = cutAt(text, lengthOfTraining(text.length));
  checkCut(cut, text.length, where);
  return { train: text.slice(0, cut), valid: text.slice(cut) };
}

const lengthOfTraining = (characters: number): number =>
  Math.max(TRAINING_FRACTION * characters, characters - MOST_HELD_OUT);

function checkCut(cut: number, characters: number, where: string): void {
  if (cut > 0 && cut < characters) return;
  throw new DataError(
    `${where}: must be long enough to split, got ${characters === 0 ? 'no character' : 'a single character'}`,
  );
}

/** The first characters of a file, and the last, which are held out whatever is read of the others. */
async function readEnds(path: string, characters: number): Promise<Pick<Corpus, 'train' | 'valid'>> {
  const valid = isFarLonger(path, characters) ? readEnding(path, MOST_HELD_OUT) : undefined;
  if (valid !== undefined) return { train: await readBeginning(path, characters), valid };
  let [beginning, ending, length] = ['', '', 0];
  for await (const piece of readPieces(fileSource(path))) {
    length += piece.length;
    if (beginning.length < characters) beginning += piece;
    ending = (ending + piece).slice(-MOST_HELD_OUT - 1);
  }
  const before = length - ending.length;
  const cut = before + cutAt(ending, lengthOfTraining(length) - before);
  checkCut(cut, length, path);
  return {
    train: beginning.slice(0, cutAt(beginning, Math.min(cut, characters))),
    valid: ending.slice(cut - before),
  };
}

/** Whether so many first characters of a file are far from the held-out ones, even if each has four bytes. */
function isFarLonger(path: string, characters: number): boolean {
  const { size = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {}; // who reads it says that it is gone
  return size > MAX_UTF8 * Math.max(characters + MOST_HELD_OUT, MOST_HELD_OUT / (1 - TRAINING_FRACTION));
}

const MAX_UTF8 = 4; // bytes of a character

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
  return isLowSurrogate(text, at) ? at - 1 : at;
}

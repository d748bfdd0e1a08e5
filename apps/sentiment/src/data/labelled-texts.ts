import { basename } from 'node:path';
import { Dataset, dataFiles, describeDataset, readDatasetRecords, splitAllByHash } from '@unroll/datasets';
import { ConfigError, DataError } from '@unroll/rnn-core';
import { columnOf, countDistinct, type DataFile, type DataRecord, readRecords } from '@unroll/run';
import type { Example } from './example.ts';
import { LabelSet } from './label-set.ts';
import { type Part, type Split, split, withoutOverlap } from './split.ts';

/** Labelled texts in three splits. No text is in two of them. */
export interface LabelledTexts extends Split {
  /** Names the run's folder. */
  readonly name: string;
  /** What the licence asks to be shown. */
  readonly attribution: string | undefined;
  /** The validation texts again when --valid is given without --test. */
  readonly test: readonly Example[];
}

export interface LabelledTextsOptions {
  readonly dataset?: string | undefined;
  readonly data?: string | undefined;
  readonly valid?: string | undefined;
  readonly test?: string | undefined;
  readonly textColumn: string;
  readonly labelColumn: string;
  readonly dataDir?: string | undefined;
  /** Is given a line for each download. */
  readonly say?: ((line: string) => void) | undefined;
}

const TENTH = 0.1;
const MOST_HELD_OUT = 2000; // of about so many texts the accuracy has a standard error below one percentage point

/** The files that {@link readLabelledTexts} reads. */
export const labelledFiles = ({
  dataset,
  data,
  valid,
  test,
}: Pick<LabelledTextsOptions, 'dataset' | 'data' | 'valid' | 'test'>): DataFile[] =>
  dataFiles(dataset, [data, valid, test]);

/**
 * Reads a named data set or a file, in splits.
 *
 * @throws ConfigError as {@link checkLabelled}
 * @throws DataError with the line when a file is missing, empty or malformed, or a held-out label is not one of the
 * training texts'
 */
export async function readLabelledTexts(options: LabelledTextsOptions): Promise<LabelledTexts> {
  checkLabelled(options);
  const { dataset = '', data } = options;
  const texts = data === undefined ? await readNamed(dataset, options) : await readOwn(data, options);
  const disjoint = { ...texts, ...withoutOverlap(texts) };
  checkParts(data ?? texts.name, texts, disjoint);
  const labels = LabelSet.of(disjoint.train, data ?? texts.name);
  for (const part of ['valid', 'test'] as const) labels.indicesOf(disjoint[part]); // before anything is trained
  return disjoint;
}

/** Checks the options without reading a text. @throws ConfigError when they name no labelled texts */
export function checkLabelled({ dataset, data }: Pick<LabelledTextsOptions, 'dataset' | 'data'>): void {
  if (data !== undefined) return;
  if (dataset === undefined)
    throw new ConfigError('--dataset or --data must be given, got neither; give --dataset NAME or --data FILE');
  describeDataset(dataset, 'text classification');
}

/** Counts texts, and those that differ: `200 texts (6 different)`. */
export const countTexts = (examples: readonly Example[]): string =>
  countDistinct(
    examples.map(({ text }) => text),
    'texts',
  );

/**
 * @param split the texts as they were split, of which some may be in several parts
 * @param disjoint without those
 * @param remedy what gives a part texts
 * @throws DataError when a part has no text, which says how many there were and how many of them differ
 */
export function checkParts(
  where: string,
  split: Split,
  disjoint: Split,
  remedy = 'give more different texts, or give --valid and --test',
): void {
  for (const part of ['train', 'valid', 'test'] as const) {
    if (disjoint[part].length > 0) continue;
    throw new DataError(
      split[part].length > 0
        ? `${where}: must have texts for ${PURPOSE[part]} that are not held out too, got ${countTexts(split[part])} that all are; give other texts`
        : `${where}: must have texts for ${PURPOSE[part]}, got none of ${countTexts([...split.train, ...split.valid, ...split.test])}; ${remedy}`,
    );
  }
}

const PURPOSE = { train: 'training', valid: 'validation', test: 'testing' };

/** Reads the labelled texts of a file. @throws DataError with the line that is malformed */
export async function readExamples(
  file: string,
  { textColumn, labelColumn }: Pick<LabelledTextsOptions, 'textColumn' | 'labelColumn'>,
): Promise<Example[]> {
  const columns = { text: columnOf(textColumn), label: columnOf(labelColumn) };
  return collect(file, readRecords(file, columns));
}

async function collect(file: string, records: AsyncIterable<DataRecord>): Promise<Example[]> {
  const examples: Example[] = [];
  for await (const { line, values } of records) {
    const { text = '' } = values;
    const label = (values['label'] ?? '').trim(); // a blank beside it does not make another class
    const where = `${file}: line ${line}`;
    if (label === '') throw new DataError(`${where}: label must be the name of a class, got an empty one`);
    examples.push({ text, label, where });
  }
  return examples;
}

async function readNamed(dataset: string, { dataDir, say }: LabelledTextsOptions): Promise<LabelledTexts> {
  const set = Dataset.open(dataset, { dataDir, ...(say && { say }) });
  const { attribution, name } = set.description;
  const [train, valid, test] = await Promise.all(
    (['train', 'valid', 'test'] as const).map((split) => collect(name, readDatasetRecords(set, split))),
  );
  return { name, attribution, train: train ?? [], valid: valid ?? [], test: test ?? [], notes: [] };
}

async function readOwn(data: string, options: LabelledTextsOptions): Promise<LabelledTexts> {
  const name = basename(data)
    .replace(/\.gz$/, '')
    .replace(/\.[^.]+$/, '');
  const all = await readExamples(data, options);
  const given = {
    valid: options.valid === undefined ? undefined : await readExamples(options.valid, options),
    test: options.test === undefined ? undefined : await readExamples(options.test, options),
  };
  const heldOut = Math.min(TENTH, MOST_HELD_OUT / all.length);
  const fractions = { valid: given.valid ? 0 : heldOut, test: (given.test ?? given.valid) ? 0 : heldOut };
  const sides = splitAllByHash(
    all.map(({ text }) => text),
    fractions,
  );
  const parts = split(all, (text): Part => sides.get(text) ?? 'train');
  const valid = given.valid ?? parts.valid;
  return {
    ...parts,
    name,
    attribution: undefined,
    valid,
    test: given.test ?? (given.valid ? valid : parts.test),
  };
}

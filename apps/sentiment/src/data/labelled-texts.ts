import { basename } from 'node:path';
import { Dataset, readDatasetRecords, splitByHash } from '@unroll/datasets';
import { ConfigError, DataError } from '@unroll/rnn-core';
import { type DataRecord, readRecords } from '@unroll/run';
import type { Example } from './example.ts';

/** Labelled texts in their parts: learnt from, watched while learning, judged by. No text is in two of them. */
export interface LabelledTexts {
  /** For the run's folder. */
  readonly name: string;
  /** What must be said of where they come from. */
  readonly attribution: string | undefined;
  readonly train: readonly Example[];
  readonly valid: readonly Example[];
  /** Those of validation, where a person's own data has no others. */
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
}

const TENTH = 0.1;

/**
 * @throws ConfigError when what is asked for contradicts itself or is no set of labelled texts
 * @throws DataError when a file is missing, empty, or not what it must be, with the line
 */
export async function readLabelledTexts(options: LabelledTextsOptions): Promise<LabelledTexts> {
  const { dataset, data, valid, test } = options;
  const texts = data === undefined ? await readNamed(dataset, options) : await readOwn(data, options);
  if (data === undefined && (valid ?? test) !== undefined)
    throw new ConfigError('--valid and --test must stand beside --data, whose held-out parts they are');
  const apart = withoutOverlap(texts);
  for (const part of ['train', 'valid', 'test'] as const)
    if (apart[part].length === 0)
      throw new DataError(
        `${texts.name}: must hold texts for ${PURPOSE[part]}, got none; give more, or --valid and --test`,
      );
  return apart;
}

/** The texts of one part taken out of those that come before it. */
function withoutOverlap({ train, valid, test, ...rest }: LabelledTexts): LabelledTexts {
  const tested = new Set(test.map(({ text }) => text));
  const watched = valid === test ? valid : valid.filter(({ text }) => !tested.has(text));
  const held = new Set([...tested, ...watched.map(({ text }) => text)]);
  return { ...rest, train: train.filter(({ text }) => !held.has(text)), valid: watched, test };
}

const PURPOSE = { train: 'training', valid: 'validation', test: 'the test' };

/** The labelled texts of a file. @throws DataError with the line at which it is not what it must be */
export async function readExamples(
  file: string,
  { textColumn, labelColumn }: Pick<LabelledTextsOptions, 'textColumn' | 'labelColumn'>,
): Promise<Example[]> {
  const columns = { text: columnOf(textColumn), label: columnOf(labelColumn) };
  return collect(file, readRecords(file, columns));
}

/** A number counts columns of a file without a header. */
export const columnOf = (name: string): string | number => (/^[1-9]\d*$/.test(name) ? Number(name) : name);

async function collect(file: string, records: AsyncIterable<DataRecord>): Promise<Example[]> {
  const examples: Example[] = [];
  for await (const { line, values } of records) {
    const { text = '', label = '' } = values;
    const where = `${file}: line ${line}`;
    if (label === '') throw new DataError(`${where}: label must not be empty`);
    examples.push({ text, label, where });
  }
  return examples;
}

async function readNamed(dataset: string | undefined, { dataDir }: LabelledTextsOptions): Promise<LabelledTexts> {
  if (dataset === undefined) throw new ConfigError('--dataset or --data must be given: what to learn from');
  const set = Dataset.open(dataset, { dataDir });
  const { task, attribution, name } = set.description;
  if (task !== 'classification')
    throw new ConfigError(`--dataset must be a set of labelled texts, got ${name}, which is for ${task}`);
  const [train, valid, test] = await Promise.all(
    (['train', 'valid', 'test'] as const).map((split) => collect(name, readDatasetRecords(set, split))),
  );
  return { name, attribution, train: train ?? [], valid: valid ?? [], test: test ?? [] };
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
  const shares = { valid: given.valid ? 0 : TENTH, test: (given.test ?? given.valid) ? 0 : TENTH };
  const part = (split: 'train' | 'valid' | 'test') => all.filter(({ text }) => splitByHash(text, shares) === split);
  const valid = given.valid ?? part('valid');
  return {
    name,
    attribution: undefined,
    train: part('train'),
    valid,
    test: given.test ?? (given.valid ? valid : part('test')),
  };
}

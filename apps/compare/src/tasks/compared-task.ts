import { isJsonObject, type Json, type JsonObject } from '@unroll/run';
import { MEMORY_TASK_NAMES } from '../memory/memory-tasks.ts';
import type { Metric, Quantity } from './metric.ts';

/** A piece of what a model made, to be read by a person. */
export type Sample = {
  readonly title: string;
  readonly text: string;
  /** Whether it is known to be wrong. */
  readonly isWrong?: boolean | undefined;
};

/** A task that cells are compared on, through the command line of the application it belongs to. */
export interface ComparedTask {
  readonly name: string;
  /** Whose command line trains it. */
  readonly app: string;
  /** The words before the flags that train it: the command, and the flags that tell its tasks apart. */
  readonly train: readonly [string, ...string[]];
  /** The flags of a matrix that names the task and has none for it. */
  readonly flags?: readonly string[];
  /** The flags that set the size: the hidden size first, then those that must equal it unless a matrix sets them itself. */
  readonly size: readonly [string, ...string[]];
  readonly metric: Omit<Metric, 'split'>;
  /** What its validation loss is; by default a loss in nats. */
  readonly loss?: string;
  /** The split and the score in the result of a finished run. */
  readonly score: (result: JsonObject) => { readonly split: Metric['split']; readonly score: number | undefined };
  /** The learning curve, and its key in a record of a validation. */
  readonly curve: Quantity & { readonly key: string };
  /** The arguments that make a trained model show what it can do, and how to read its answer; tasks may have nothing to show. */
  readonly samples?: {
    readonly words: (folder: string) => readonly string[];
    readonly read: (result: JsonObject) => Sample[];
  };
}

const number = (value: Json | undefined): number | undefined => (Number.isFinite(value) ? Number(value) : undefined);
const list = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];
const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const object = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});

const charLm: ComparedTask = {
  name: 'char-lm',
  app: 'char-lm',
  train: ['train'],
  size: ['--hidden-size', '--embedding-size'], // equal, as tied weights need
  metric: { name: 'bits per character', isHigherBetter: false, digits: 3 },
  score: ({ test, bitsPerCharacter }) =>
    isJsonObject(test)
      ? { split: 'test', score: number(test['bitsPerCharacter']) }
      : { split: 'validation', score: number(bitsPerCharacter) },
  curve: { key: 'validBitsPerCharacter', name: 'validation bits per character', digits: 3 },
  samples: {
    // Without a prompt, which a model of other letters or another script would have to spell in bytes.
    words: (folder) => ['sample', folder, '--max-length', '300', '--temperature', '0.6', '--seed', '1'],
    read: ({ samples }) => list(samples).map((sample) => ({ title: 'generated text', text: text(sample['text']) })),
  },
};

/** Sentences with their labels; among them are some that a bag of words alone gets wrong. */
const LABELLED_SENTENCES = [
  ['The battery lasts for days and the screen is gorgeous.', 'positive'],
  ['I wanted to like it, but it broke after a week.', 'negative'],
  ['Not bad at all, I would buy it again.', 'positive'],
  ['The food was cold and the waiter rude.', 'negative'],
  ['I have never had a better breakfast.', 'positive'],
  ['It is anything but good.', 'negative'],
] as const;

/** The names of the positive class in data sets. */
const POSITIVE = /^(1|4|pos.*)$/i;

const sentiment: ComparedTask = {
  name: 'sentiment',
  app: 'sentiment',
  train: ['train'],
  size: ['--hidden-size'],
  metric: { name: 'accuracy', unit: '%', isHigherBetter: true, digits: 1 },
  score: ({ test, accuracy }) => ({ split: isJsonObject(test) ? 'test' : 'validation', score: number(accuracy) }),
  curve: { key: 'validAccuracy', name: 'validation accuracy', unit: '%', digits: 1 },
  samples: {
    words: (folder) => ['predict', folder, ...LABELLED_SENTENCES.map(([sentence]) => sentence)],
    read: ({ predictions }) =>
      list(predictions).map(({ text: sentence, label }) => {
        const gold = LABELLED_SENTENCES.find(([known]) => known === sentence)?.[1];
        const prediction = POSITIVE.test(text(label)) ? 'positive' : 'negative';
        const isWrong = prediction !== gold;
        return { title: `${prediction}, ${isWrong ? 'wrong' : 'correct'}`, text: text(sentence), isWrong };
      }),
  },
};

const TRANSLATED_SENTENCES = [
  'The file could not be found.',
  'A type is expected here.',
  'This option has no effect.',
];

const translate: ComparedTask = {
  name: 'translate',
  app: 'translate',
  train: ['train'],
  size: ['--hidden-size', '--decoder-hidden-size'],
  metric: { name: 'chrF2', isHigherBetter: true, digits: 2 },
  score: ({ data, chrf2 }) => ({
    split: data === 'test' ? 'test' : 'validation',
    score: number(object(chrf2)['score']),
  }),
  curve: { key: 'validLoss', name: 'validation loss, nats per token', digits: 3 },
  samples: {
    words: (folder) => ['translate', folder, ...TRANSLATED_SENTENCES],
    read: ({ translations }) =>
      list(translations).map(({ source, translations: best }) => ({
        title: text(source),
        text: text(list(best)[0]?.['text']),
      })),
  },
};

const forecast: ComparedTask = {
  name: 'forecast',
  app: 'forecast',
  train: ['train'],
  flags: ['--preset', 'us-births'],
  size: ['--hidden-size'],
  metric: { name: 'MASE', isHigherBetter: false, digits: 3 },
  loss: 'weighted quantile loss',
  score: ({ network }) => ({ split: 'test', score: number(object(network)['mase']) }),
  curve: { key: 'validMase', name: 'validation MASE', digits: 3 },
  samples: {
    words: (folder) => ['predict', folder],
    read: ({ forecasts }) => {
      const rows = list(forecasts).filter(({ series }, _, [first]) => series === first?.['series']);
      const medians = rows.map(({ median }) => Number(median).toPrecision(4)).join(', ');
      return [{ title: `the medians from ${text(rows[0]?.['time'])} on`, text: medians }];
    },
  },
};

/** A piece of the gallery. */
const piece = (
  name: string,
  { key, steps, ...metric }: ComparedTask['metric'] & { readonly key: string; readonly steps: number },
): ComparedTask => ({
  name,
  app: 'gallery',
  train: ['train', '--piece', name],
  flags: ['--steps', String(steps)],
  size: ['--hidden-size'],
  metric,
  score: ({ [key]: score }) => ({ split: 'test', score: number(score) }),
  curve: { key: 'validLoss', name: 'validation loss, nats', digits: 3 },
});

const ACCURACY = { key: 'accuracy', name: 'accuracy', unit: '%', isHigherBetter: true, digits: 2 } as const;

const GALLERY: readonly ComparedTask[] = [
  piece('image-rows', { ...ACCURACY, steps: 3600 }),
  piece('image-pixels', { ...ACCURACY, steps: 1400 }),
  piece('spoken-digits', { ...ACCURACY, steps: 2400 }),
  piece('moving-digits', { ...ACCURACY, key: 'direction', name: 'accuracy of the direction', steps: 800 }),
  piece('names', { key: 'nats', name: 'nats per character', isHigherBetter: false, digits: 3, steps: 1500 }),
  piece('captions', { ...ACCURACY, key: 'exact', name: 'exact match', steps: 2400 }),
];

const memory = (name: string): ComparedTask => ({
  name,
  app: 'compare',
  train: ['recall', '--task', name],
  size: ['--hidden-size'],
  metric: { name: 'accuracy', unit: '%', isHigherBetter: true, digits: 1 },
  score: ({ accuracy }) => ({ split: 'validation', score: number(accuracy) }),
  curve: { key: 'accuracy', name: 'validation accuracy', unit: '%', digits: 1 },
});

/** Every task there is, by name. */
export const COMPARED_TASKS: ReadonlyMap<string, ComparedTask> = new Map(
  [charLm, sentiment, translate, forecast, ...GALLERY, ...MEMORY_TASK_NAMES.map(memory)].map((task) => [
    task.name,
    task,
  ]),
);

/** The task of a run, from the application that wrote it and its settings; undefined when it is not compared. */
export function taskOf({
  app,
  config,
}: {
  readonly app: string;
  readonly config: JsonObject;
}): ComparedTask | undefined {
  return [...COMPARED_TASKS.values()].find(({ app: own, train: [, ...flags] }) => {
    const settings = Array.from({ length: flags.length / 2 }, (_, k) => flags.slice(2 * k, 2 * k + 2));
    return own === app && settings.every(([flag, value]) => config[(flag as string).replace('--', '')] === value);
  });
}

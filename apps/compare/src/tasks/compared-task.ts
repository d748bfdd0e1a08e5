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
  /** The words before the flags that train it. */
  readonly train: readonly string[];
  /** The flags that set the size: the hidden size first, then those that must equal it unless a matrix sets them itself. */
  readonly size: readonly [string, ...string[]];
  readonly metric: Omit<Metric, 'split'>;
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
  [charLm, sentiment, translate, ...MEMORY_TASK_NAMES.map(memory)].map((task) => [task.name, task]),
);

import { isJsonObject, type Json, type JsonObject } from '@unroll/run';
import { MEMORY_TASK_NAMES } from '../memory/memory-tasks.ts';

/** A piece of what a model made, to be read by a person. */
export type Sample = {
  readonly title: string;
  readonly text: string;
};

/** The one figure a task is judged by. */
export type Quality = {
  readonly label: string;
  readonly isHigherBetter: boolean;
  readonly digits: number;
};

/** A task that runs of different cells are compared on, through the command line of the application it belongs to. */
export interface ComparedTask {
  readonly name: string;
  /** Whose command line trains it. */
  readonly app: string;
  /** The words before the flags that train it. */
  readonly train: readonly string[];
  /** The flags that give the recurrent layers their size. */
  readonly size: readonly string[];
  readonly quality: Quality;
  /** The task's figure in what the finished run reported. */
  readonly figure: (result: JsonObject) => number | undefined;
  /** What a step's record calls the figure of the held-out data, for learning curves. */
  readonly validation: string;
  /** The words that have a run show what it can do, and how to read the answer; none for tasks without anything to read. */
  readonly show?: {
    readonly words: (folder: string) => readonly string[];
    readonly read: (shown: JsonObject) => Sample[];
  };
}

const number = (value: Json | undefined): number | undefined => (typeof value === 'number' ? value : undefined);
const list = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];
const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

const charLm: ComparedTask = {
  name: 'char-lm',
  app: 'char-lm',
  train: ['train'],
  size: ['--hidden-size', '--embedding-size'], // equal, as tied weights need
  quality: { label: 'bits per character', isHigherBetter: false, digits: 3 },
  figure: ({ bitsPerCharacter }) => number(bitsPerCharacter),
  validation: 'validBitsPerCharacter',
  show: {
    words: (folder) => [
      'sample',
      folder,
      '--prompt',
      'The ',
      '--max-length',
      '300',
      '--temperature',
      '0.6',
      '--seed',
      '1',
    ],
    read: ({ samples }) =>
      list(samples).map((sample) => ({ title: 'written after “The ”', text: text(sample['text']) })),
  },
};

/** Sentences of our own, each with what it says: what a bag of words alone gets wrong is among them. */
const JUDGED_SENTENCES = [
  ['The battery lasts for days and the screen is gorgeous.', 'positive'],
  ['I wanted to like it, but it broke after a week.', 'negative'],
  ['Not bad at all, I would buy it again.', 'positive'],
  ['The food was cold and the waiter rude.', 'negative'],
  ['I have never had a better breakfast.', 'positive'],
  ['It is anything but good.', 'negative'],
] as const;

/** What data sets call it. */
const POSITIVE = /^(1|4|pos.*)$/i;

const sentiment: ComparedTask = {
  name: 'sentiment',
  app: 'sentiment',
  train: ['train'],
  size: ['--hidden-size'],
  quality: { label: 'accuracy', isHigherBetter: true, digits: 3 },
  figure: ({ accuracy }) => number(accuracy),
  validation: 'validAccuracy',
  show: {
    words: (folder) => ['predict', folder, ...JUDGED_SENTENCES.map(([sentence]) => sentence)],
    read: ({ predictions }) =>
      list(predictions).map(({ text: sentence, label }) => {
        const gold = JUDGED_SENTENCES.find(([known]) => known === sentence)?.[1];
        const verdict = POSITIVE.test(text(label)) ? 'positive' : 'negative';
        return { title: `${verdict}, ${verdict === gold ? 'rightly' : 'wrongly'}`, text: text(sentence) };
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
  quality: { label: 'chrF2', isHigherBetter: true, digits: 2 },
  figure: ({ chrf2 }) => (isJsonObject(chrf2) ? number(chrf2['score']) : number(chrf2)),
  validation: 'validLoss',
  show: {
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
  size: ['--hidden'],
  quality: { label: 'right answers', isHigherBetter: true, digits: 3 },
  figure: ({ accuracy }) => number(accuracy),
  validation: 'accuracy',
});

/** Every task there is, by name. */
export const COMPARED_TASKS: ReadonlyMap<string, ComparedTask> = new Map(
  [charLm, sentiment, translate, ...MEMORY_TASK_NAMES.map(memory)].map((task) => [task.name, task]),
);

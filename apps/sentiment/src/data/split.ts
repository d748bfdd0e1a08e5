import { count } from '@unroll/run';
import type { Example } from './example.ts';
import { some } from './label-set.ts';

export type Part = 'train' | 'valid' | 'test';

/** Texts in three parts, and what must be said of how they came there. */
export interface Split extends Readonly<Record<Part, readonly Example[]>> {
  readonly notes: readonly string[];
}

/**
 * Splits texts by a rule, except that a class of which no text would be left for training keeps one there: what was never
 * seen cannot be predicted.
 */
export function split(examples: readonly Example[], ruleOf: (text: string) => Part): Split {
  const parts = examples.map(({ text }) => ruleOf(text));
  const trained = new Set(examples.filter((_, k) => parts[k] === 'train').map(({ label }) => label));
  const kept = new Map<string, Example>(); // by text, so that equal texts stay together
  for (const example of examples) {
    if (trained.has(example.label)) continue;
    trained.add(example.label);
    kept.set(example.text, example);
  }
  const part = (name: Part) => examples.filter(({ text }, k) => (kept.has(text) ? 'train' : parts[k]) === name);
  const labels = some([...kept.values()].map(({ label }) => label));
  const note = `Kept for training: one text of each class that the split had put aside altogether (${labels})`;
  return { train: part('train'), valid: part('valid'), test: part('test'), notes: kept.size > 0 ? [note] : [] };
}

/** Removes from each part the texts that a later one has too, and notes how many. */
export function withoutOverlap({ train, valid, test, notes }: Split): Split {
  const tested = new Set(test.map(({ text }) => text));
  const validation = valid === test ? valid : valid.filter(({ text }) => !tested.has(text));
  const held = new Set([...tested, ...validation.map(({ text }) => text)]);
  const training = train.filter(({ text }) => !held.has(text));
  return {
    train: training,
    valid: validation,
    test,
    notes: [
      ...notes,
      ...dropped('training', train.length, training.length, valid === test ? 'validation' : 'validation or test'),
      ...dropped('validation', valid.length, validation.length, 'test'),
    ],
  };
}

const dropped = (name: string, before: number, after: number, others: string): string[] =>
  before === after
    ? []
    : [`Dropped ${count(before - after)} of ${count(before)} ${name} texts, which are among the ${others} texts too`];

import { expect, test } from 'vitest';
import { LabelSet } from '../data/label-set.ts';
import { baselines } from './baselines.ts';

const example = (text: string, label: string) => ({ text, label, where: '' });

/** The accuracy of the first baseline, and what is said. */
function first(texts: readonly (readonly [text: string, label: string])[]) {
  const examples = texts.map(([text, label]) => example(text, label));
  const labels = LabelSet.of(examples, 'toy');
  const { baselines: found, leftOut } = baselines({ train: examples, valid: examples, test: examples }, labels);
  const { name = '', probabilities = new Float64Array() } = found[0] ?? {};
  const correct = examples.filter((one, n) => {
    const row = probabilities.subarray(n * labels.size, (n + 1) * labels.size);
    return row.indexOf(Math.max(...row)) === labels.indexOf(one);
  });
  return { name, accuracy: correct.length / examples.length, leftOut };
}

test('the lexicon learns from the training texts which class is the positive one', () => {
  const texts = [
    ['wonderful', 'happy'],
    ['awful', 'sad'],
    ['superb', 'happy'],
    ['terrible', 'sad'],
  ] as const;
  expect(first(texts)).toStrictEqual({ name: 'AFINN lexicon', accuracy: 1, leftOut: [] });
});

test('the baselines say how far their fit is', () => {
  const texts = ['fine', 'good', 'poor', 'bad'].map((text, k) => example(text, k < 2 ? 'up' : 'down'));
  const told: number[] = [];
  baselines({ train: texts, valid: texts, test: texts }, LabelSet.of(texts, 'toy'), (fraction) =>
    told.push(fraction),
  );
  expect(told.length).toBeGreaterThan(4);
  expect(told).toStrictEqual(told.toSorted((a, b) => a - b));
  expect(told[0]).toBe(1 / 240); // of 60 iterations for each of 4 penalties
  expect(told.at(-1)).toBeGreaterThan(0.75);
  expect(told.at(-1)).toBeLessThanOrEqual(1);
});

test('the lexicon is left out where it knows no word', () => {
  const { name, leftOut } = first([
    ['merveilleux', 'joie'],
    ['affreux', 'peine'],
  ]);
  expect(name).toBe('naive Bayes');
  expect(leftOut).toStrictEqual([
    'The AFINN lexicon is left out: it does not tell the classes of the training texts apart.',
  ]);
});

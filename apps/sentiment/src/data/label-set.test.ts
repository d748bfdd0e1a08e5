import { expect, test } from 'vitest';
import { LabelSet } from './label-set.ts';

const examples = (...labels: string[]) => labels.map((label, k) => ({ text: '', label, where: `line ${k + 1}` }));

test('classes stand from bad to good, numbers by their value, other names by the alphabet', () => {
  const order = (...labels: string[]) => LabelSet.of(examples(...labels), 'set').names;
  expect(order('positive', 'negative', 'neutral')).toStrictEqual(['negative', 'neutral', 'positive']);
  expect(order('10', '9', '-1')).toStrictEqual(['-1', '9', '10']);
  expect(order('sports', 'arts')).toStrictEqual(['arts', 'sports']);
});

test('an unknown class is refused with its place', () => {
  const labels = LabelSet.of(examples('a', 'b'), 'set');
  expect([...labels.numbersOf(examples('b', 'a'))]).toStrictEqual([1, 0]);
  expect(() => labels.numbersOf(examples('a', 'c'))).toThrow('line 2: label must be one of a, b, got c');
});

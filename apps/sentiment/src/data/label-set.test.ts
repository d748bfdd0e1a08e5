import { expect, test } from 'vitest';
import { LabelSet } from './label-set.ts';

const examples = (...labels: string[]) => labels.map((label, k) => ({ text: '', label, where: `line ${k + 1}` }));

test('orders classes from negative to positive, numbers by value, other names alphabetically', () => {
  const order = (...labels: string[]) => LabelSet.of(examples(...labels), 'set').names;
  expect(order('positive', 'negative', 'neutral')).toStrictEqual(['negative', 'neutral', 'positive']);
  expect(order('10', '9', '-1')).toStrictEqual(['-1', '9', '10']);
  expect(order('10', '9,5', '1.5', '-1,25')).toStrictEqual(['-1,25', '1.5', '9,5', '10']);
  expect(order('sports', 'arts')).toStrictEqual(['arts', 'sports']);
});

test('rejects an unknown class with its line', () => {
  const labels = LabelSet.of(examples('a', 'b'), 'set');
  expect([...labels.indicesOf(examples('b', 'a'))]).toStrictEqual([1, 0]);
  expect(() => labels.indicesOf(examples('a', 'c'))).toThrow('line 2: label must be one of a, b, got c');
});

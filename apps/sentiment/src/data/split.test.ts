import { expect, test } from 'vitest';
import { split, withoutOverlap } from './split.ts';

const example = (text: string, label: string) => ({ text, label, where: '' });

test('a class that the rule puts aside altogether keeps one text for training, with its equals', () => {
  const all = [example('a', 'x'), example('b', 'rare'), example('c', 'rare'), example('b', 'rare')];
  const parts = split(all, (text) => (text === 'a' ? 'train' : 'test'));
  expect(parts.train.map(({ text }) => text)).toStrictEqual(['a', 'b', 'b']);
  expect(parts.test.map(({ text }) => text)).toStrictEqual(['c']);
  expect(parts.notes).toStrictEqual([
    'Kept for training: one text of each class that the split had put aside altogether (rare)',
  ]);
  expect(split(all, () => 'train').notes).toStrictEqual([]);
});

test('what is dropped because it is in a later part is noted', () => {
  const [a, b, c] = [example('a', 'x'), example('b', 'x'), example('c', 'x')];
  const parts = withoutOverlap({ train: [a, b, c], valid: [b, c], test: [c], notes: [] });
  expect(parts).toStrictEqual({
    train: [a],
    valid: [b],
    test: [c],
    notes: [
      'Dropped 2 of 3 training texts, which are among the validation or test texts too',
      'Dropped 1 of 2 validation texts, which are among the test texts too',
    ],
  });
});

import { TestFolder } from '@unroll/run/testing';
import { afterAll, expect, test } from 'vitest';
import { call, csv, json, TINY, toyReviews } from './toy.fixture.ts';

const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());

test('cross-validate refuses folds without a text before it trains one', async () => {
  const data = folder.file('sixty.csv', csv(toyReviews(60)));
  const { code, out, err } = await call('cross-validate', '--data', data, '--folds', '100', '--steps', '5', ...TINY);
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(
    /sixty: must have texts for \w+, got none of \d+ texts; give more different texts, or fewer --folds than 100\n$/,
  );
  expect(err).not.toContain('Fold 1');
});

test('ablate and cross-validate print means and standard deviations', async () => {
  const small = ['--data', folder.file('small.csv', csv(toyReviews(120))), ...TINY, '--epochs', '2'];
  const { steps } = (await json('ablate', ...small, '--nb-features', '--seeds', '1,2')) as {
    steps: { name: string; n: number }[];
  };
  expect(steps.map(({ name }) => name)).toStrictEqual([
    'a recurrent network on words',
    '+ character n-grams',
    '+ AFINN lexicon',
    '+ naive Bayes features',
    '+ bag of words',
    'bag of words alone',
  ]);
  expect(steps.every(({ n }) => n === 2)).toBe(true);
  const { accuracy } = (await json('cross-validate', ...small, '--folds', '2')) as {
    accuracy: Record<string, { n: number }>;
  };
  expect(accuracy['this model']?.n).toBe(2);
});

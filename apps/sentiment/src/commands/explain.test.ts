import { join } from 'node:path';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { json, succeed, TINY, trainToy } from './toy.fixture.ts';

const folder = new TestFolder();
const { data, trained } = await trainToy(folder);
afterAll(() => folder[Symbol.dispose]());

describe('explain and tokens', () => {
  test('find the most influential word, by both methods', async () => {
    const { explanations } = (await json(
      'explain',
      trained,
      '--backend',
      'reference',
      'That room 12 is superb!',
    )) as {
      explanations: { label: string; tokens: { value: string; gradient: number; occlusion: number }[] }[];
    };
    const [{ label, tokens } = { label: '', tokens: [] }] = explanations;
    expect(label).toBe('positive');
    const strongest = (key: 'gradient' | 'occlusion') => tokens.toSorted((a, b) => b[key] - a[key])[0]?.value;
    expect(strongest('gradient')).toBe('superb');
    expect(strongest('occlusion')).toBe('superb');
  });

  test('explain the prediction of a text longer than --max-length', async () => {
    const out = join(folder.path, 'short');
    await succeed('train', '--data', data, ...TINY, '--max-length', '8', '--steps', '10', '--out', out);
    const text = `Our meal is superb and ${'so '.repeat(20)}it is awful.`;
    const { explanations } = (await json('explain', out, text)) as {
      explanations: { probabilities: { positive: number }; tokens: { value: string }[] }[];
    };
    const { predictions } = (await json('predict', out, text)) as {
      predictions: { probabilities: { positive: number } }[];
    };
    const [whole = 0, explained] = [predictions, explanations].map(([first]) => first?.probabilities.positive);
    expect(explained).toBeCloseTo(whole, 6);
    expect(explanations[0]?.tokens.map(({ value }) => value).join(' ')).toBe('Our meal so so it is awful .');
  });

  test('split emoji, hashtags, mentions and contractions', async () => {
    const { texts } = (await json('tokens', "@ann I can't 😀 #wow :-) $5", '--model', trained)) as {
      texts: { tokens: { value: string; tag: string; word: string; known: boolean }[] }[];
    };
    expect(texts[0]?.tokens.map(({ value, tag, word }) => [value, tag, word])).toStrictEqual([
      ['@ann', 'mention', '@'],
      ['I', 'word', 'i'],
      ['ca', 'word', 'ca'],
      ["n't", 'word', "n't"],
      ['😀', 'emoji', '😀'],
      ['#wow', 'hashtag', '#wow'],
      [':-)', 'emoticon', ':-)'],
      ['$', 'currency', '$'],
      ['5', 'number', '5'],
    ]);
  });
});

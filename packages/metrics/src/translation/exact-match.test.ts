import { expect, test } from 'vitest';
import { exactMatch } from './exact-match.ts';
import { corpusScore, sentenceScore } from './translation-metric.ts';

test('the percentage of segments that equal one of their references', () => {
  const references = [
    ['a b', 'c', 'D', 'e'],
    ['x', ' c ', 'd', undefined],
  ];
  const hypotheses = ['a  b', 'c', 'd', 'E'];
  expect(corpusScore(exactMatch(), hypotheses, references)).toEqual({
    name: 'exact match',
    score: 50,
    signature: 'nrefs:var|case:mixed',
  });
  expect(corpusScore(exactMatch({ lowercase: true }), hypotheses, references).score).toBe(75);
  expect(sentenceScore(exactMatch(), 'c', ['b', 'c']).score).toBe(100);
});

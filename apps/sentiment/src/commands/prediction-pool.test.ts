import { expect, test } from 'vitest';
import type { SentimentClassifier } from '../prediction/sentiment-classifier.ts';
import { PredictionPool } from './prediction-pool.ts';

test('a worker that stops is one clear error, for pending and for later requests', async () => {
  const classifier = {
    backend: { threads: 2 },
    tokenizer: { encode: () => ({}) },
    probabilities: () => [],
  } as unknown as SentimentClassifier;
  using pool = new PredictionPool(classifier, { dir: 'no-such-model', checkpoint: 'best', backend: 'reference' });
  const many = Array.from({ length: 3000 }, () => 'a');
  const own = [pool.probabilities(many), pool.probabilities(many)]; // in this process
  await expect(Promise.all(own)).resolves.toStrictEqual([[], []]);
  const clear = /^predict: worker processes must keep running, got exit with code 1; --threads 1 needs none$/;
  const asked = [pool.probabilities(['d']), pool.probabilities(['e']), pool.probabilities(['f'])];
  for (const each of await Promise.allSettled(asked))
    expect(each).toMatchObject({
      reason: { name: 'BackendError', message: expect.stringMatching(clear) as unknown },
    });
  await expect(pool.probabilities(['g'])).rejects.toThrow(clear);
});

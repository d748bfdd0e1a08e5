import { createReferenceBackend, Parameters, Rng } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { POOLINGS } from '../model/pooling.ts';
import { SentimentModel } from '../model/sentiment-model.ts';
import type { EncodedText } from '../tokenizer/encoded-text.ts';
import { networkLogits } from './network-logits.ts';

const TOLERANCE = 1e-5;
const backend = createReferenceBackend();
const rng = Rng.seeded(5);

/** Texts of 1 to 12 tokens, in no order of length. */
const texts = Array.from({ length: 23 }, (_, n): EncodedText => {
  const T = 1 + ((n * 7) % 12);
  const ids = Int32Array.from({ length: T }, () => rng.integer(30));
  return {
    ids,
    words: Array.from(ids, (id) => `word${id}`),
    features: Float32Array.from({ length: T * 3 }, () => rng.normal()),
    bagLogits: Float32Array.of(0.5, -0.5, 0),
  };
});

const config = {
  vocabSize: 30,
  numClasses: 3,
  tokenFeatures: 3,
  charNgramBuckets: 40,
  embeddingSize: 6,
  hiddenSize: 5,
  numLayers: 2,
  ensembleSize: 2,
  bagFeatures: 1,
};

for (const cell of ['rnn', 'gru', 'lstm'] as const)
  for (const pooling of POOLINGS)
    for (const [bidirectional, convChannels] of [
      [true, 0],
      [false, 4],
    ] as const)
      test(`padding, order and size of batches change no prediction: ${cell}, ${pooling}, ${convChannels ? 'convolution' : 'both directions'}`, async () => {
        const model = new SentimentModel(
          { ...config, cell, pooling, bidirectional, convChannels },
          { embeddingDropout: 0.5, dropout: 0.5, freezeVectors: false },
        );
        using parameters = created(model);
        const together = await networkLogits(model, backend, texts);
        const reversed = await networkLogits(model, backend, texts.toReversed());
        expect(new Set(together).size).toBeGreaterThan(60); // they do depend on the text
        for (const [n, text] of texts.entries()) {
          const alone = await networkLogits(model, backend, [text]);
          for (let c = 0; c < 3; c++) {
            const from = texts.length - 1 - n;
            expect(Math.abs((alone[c] as number) - (together[n * 3 + c] as number))).toBeLessThan(TOLERANCE);
            expect(Math.abs((reversed[from * 3 + c] as number) - (together[n * 3 + c] as number))).toBeLessThan(
              TOLERANCE,
            );
          }
        }
        expect(parameters.size).toBeGreaterThan(0);
      });

/** With an output layer that is not zero, as training would leave it. */
function created(model: SentimentModel): { readonly size: number } & Disposable {
  const parameters = Parameters.create(model, backend, Rng.seeded(3));
  for (const { head } of model.members) {
    const values = head.weight.view();
    for (let k = 0; k < values.length; k++) values[k] = rng.normal();
  }
  return { size: parameters.size, [Symbol.dispose]: () => parameters.free() };
}

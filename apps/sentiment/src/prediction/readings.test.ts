import { createReferenceBackend, Parameters, Rng, Tape } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { SentimentModel } from '../model/sentiment-model.ts';
import type { TokenText } from '../tokenizer/encoded-text.ts';
import { tokenBatch } from '../tokenizer/token-batch.ts';
import { logitsOf } from './judge.ts';
import { Readings } from './readings.ts';

const TOLERANCE = 1e-5;
const backend = createReferenceBackend();
const rng = Rng.seeded(5);

/** Texts of 1 to 9 tokens out of few, which say more when the lexicon does. */
const texts = Array.from({ length: 40 }, (_, n): TokenText => {
  const T = 1 + ((n * 7) % 9);
  const words = Array.from({ length: T }, () => rng.integer(12));
  return {
    ids: Int32Array.from(words, (word) => (word < 8 ? word : 0)), // the others are known by their parts alone
    words: words.map((word) => `word${word}`),
    signals: Float32Array.from({ length: T }, () => rng.integer(3) - 1),
  };
});

/** What the networks say of a text without remembering anything. */
function plainLogits(model: SentimentModel, text: TokenText): number[] {
  using _tape = new Tape(backend, { record: false });
  const said = model.forward(tokenBatch([text], model.shape.buckets)).map((logits) => logits.toArray());
  return Array.from({ length: model.shape.classes }, (_, c) =>
    said.reduce((sum, logits) => sum + (logits[c] as number) / said.length, 0),
  );
}

test.each([
  ['lstm', true, 0, 40],
  ['gru', false, 0, 0],
  ['rnn', true, 4, 40],
] as const)(
  'what was read once is read the same again: %s, both directions %s, convolution %i, parts %i',
  (cell, bidirectional, convolution, buckets) => {
    const model = new SentimentModel(
      {
        vocabulary: 8,
        classes: 3,
        signals: 1,
        buckets,
        embedding: 6,
        convolution,
        cell,
        hidden: 5,
        layers: 2,
        bidirectional,
        pooling: 'max-mean',
        members: 2,
        features: 1,
      },
      { dropoutInput: 0.5, dropout: 0.5, freezeVectors: false },
      { bag: { weights: new Float32Array(3), bias: new Float32Array(3) } },
    );
    const parameters = Parameters.create(model, backend, Rng.seeded(3));
    for (const { head } of model.members)
      head.weight.view().set(Float32Array.from({ length: head.weight.size }, () => rng.normal()));
    const wanted = texts.flatMap((text) => plainLogits(model, text));
    const inUse = backend.heap.bytesInUse;

    {
      using forgetful = new Readings(model, backend, 4096); // room for the words of a few texts
      using readings = new Readings(model, backend);
      for (const by of [1, 7, 40]) {
        for (const remembered of [readings, forgetful]) {
          const found: number[] = [];
          for (let at = 0; at < texts.length; at += by)
            found.push(...logitsOf(model, remembered, texts.slice(at, at + by)));
          expect(Math.max(...found.map((logit, k) => Math.abs(logit - (wanted[k] as number))))).toBeLessThan(
            TOLERANCE,
          );
          expect(found).toHaveLength(wanted.length);
        }
      }
      expect(new Set(wanted).size).toBeGreaterThan(60); // they do depend on the text
      expect(backend.heap.bytesInUse).toBeGreaterThan(inUse);
    }
    expect(backend.heap.bytesInUse).toBe(inUse);
    parameters.free();
  },
);

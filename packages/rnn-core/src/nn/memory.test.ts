import { expect, test } from 'vitest';
import { concat } from '../ops/concat.ts';
import { crossEntropy } from '../ops/cross-entropy.ts';
import { meanOverTime } from '../ops/time.ts';
import { Adam } from '../optim/adam.ts';
import { GradientClip } from '../optim/gradient-clip.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import { Gru, Lstm } from './cells.ts';
import { Embedding } from './embedding.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';
import { Parameters } from './parameters.ts';
import { carryState } from './recurrent.ts';

class Tagger extends Module {
  readonly table = new Embedding({ numEmbeddings: 5, embeddingDim: 2, sparse: true });
  readonly lstm = new Lstm({ inputSize: 2, hiddenSize: 2 });
  readonly gru = new Gru({ inputSize: 2, hiddenSize: 1 });
  readonly head = new Linear({ inFeatures: 3, outFeatures: 3 });
}

const [FEW, MANY] = [100, 10_000];
const PATIENCE = 120_000; // ms, for a machine that does other things too

test(
  'ten thousand steps leave the heap and the process where they were after the first hundred',
  () => {
    const backend = createReferenceBackend();
    const model = new Tagger();
    const parameters = Parameters.create(model, backend, Rng.seeded(1));
    const [optimizer, clip] = [new Adam(parameters), new GradientClip({ norm: 1 })];
    const B = 2;
    using _outer = new Tape(backend);
    const state = model.lstm.zeroState(B);

    const step = (k: number): void => {
      using tape = new Tape(backend);
      const T = 1 + (k % 4);
      const ids = tape.ids(new Int32Array(T * B).fill(k % 5), [T, B]);
      const lengths = Int32Array.of(T, 1);
      const { y, state: last } = model.lstm.forward(model.table.forward(ids), { state });
      carryState(last, state);
      const { y: z } = model.gru.forward(y, { lengths });
      const logits = model.head.forward(meanOverTime(concat([y, z], -1)));
      tape.grad(crossEntropy(logits, tape.ids(Int32Array.of(k % 3, 0), [B])), parameters);
      optimizer.step(0.01, clip.apply(parameters).scale);
    };
    const measure = () => ({
      inUse: backend.heap.bytesInUse,
      heap: backend.heap.memory.buffer.byteLength,
    });

    for (let k = 0; k < FEW; k++) step(k);
    const [before, processBefore] = [measure(), process.memoryUsage().rss];
    for (let k = FEW; k < MANY; k++) step(k);
    expect(measure()).toEqual(before);
    // The collector has room of its own; a leak of one tensor a step would be larger.
    expect((process.memoryUsage().rss - processBefore) / 2 ** 20).toBeLessThan(64);
  },
  PATIENCE,
);

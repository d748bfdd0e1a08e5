import { expect, test } from 'vitest';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import { Gru } from './cells.ts';
import { Embedding } from './embedding.ts';
import { Module } from './module.ts';
import { Parameters } from './parameters.ts';

class Encoder extends Module {
  readonly table = new Embedding({ numEmbeddings: 4, embeddingDim: 3 });
  readonly gru = new Gru({ inputSize: 3, hiddenSize: 5, numLayers: 2, bidirectional: true });
}

test('ids looked up in a table, and cached projections of it, give what the vectors themselves give', () => {
  const backend = createReferenceBackend();
  const model = new Encoder();
  Parameters.create(model, backend, Rng.seeded(1));
  using tape = new Tape(backend, { record: false });
  const ids = tape.ids(Int32Array.of(3, 0, 2, 2, 1, 3), [3, 2]);
  const lengths = Int32Array.of(3, 1); // enough padding to be worth leaving out
  const { y } = model.gru.forward(model.table.forward(ids), { lengths });
  const vectors = tape.constant(model.table.forward(ids).toArray(), [3, 2, 3]);
  expect(model.gru.forward(vectors, { lengths }).y.toArray()).toEqual(y.toArray());
  const projections = model.gru.projectInput(model.table.weight);
  expect(model.gru.forwardCached({ projections, ids }, { lengths }).y.toArray()).toEqual(y.toArray());
  expect(new Set(y.view()).size).toBeGreaterThan(20);
});

import { expect, test } from 'vitest';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import { Embedding } from './embedding.ts';
import { Module } from './module.ts';
import { Parameters } from './parameters.ts';
import { Gru } from './recurrent.ts';

class Reader extends Module {
  readonly table = this.module('table', new Embedding({ count: 4, size: 3 }));
  readonly gru = this.module('gru', new Gru({ inputSize: 3, hiddenSize: 5, layers: 2, bidirectional: true }));
}

test('ids looked up in a table, or in its product, give what the vectors themselves give', () => {
  const backend = createReferenceBackend();
  const model = new Reader();
  Parameters.create(model, backend, Rng.seeded(1));
  using tape = new Tape(backend, { record: false });
  const ids = tape.ids(Int32Array.of(3, 0, 2, 2, 1, 3), [3, 2]);
  const lengths = Int32Array.of(3, 1); // enough padding to be worth leaving out
  const { y } = model.gru.forward(model.table.forward(ids), { lengths });
  const gates = model.gru.project(model.table.weight);
  for (const input of [model.table.lookup(ids), { gates, ids }])
    expect(model.gru.forward(input, { lengths }).y.toArray()).toEqual(y.toArray());
  expect(new Set(y.view()).size).toBeGreaterThan(20);
});

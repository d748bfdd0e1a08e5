import { expect, test } from 'vitest';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { expectClose } from '../testing/close.ts';
import { sruSequence } from './sru.ts';

test('an SRU over 4,096 steps in float32 is its steps, from a state that is not zero', () => {
  const [T, H] = [4096, 7];
  const backend = createReferenceBackend();
  const rng = Rng.seeded(1);
  using tape = new Tape(backend, { record: false });
  const normal = (...shape: readonly number[]): Tensor =>
    tape.constant(
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => 3 * rng.normal()),
      shape,
    );
  const copy = (x: Tensor): Tensor => tape.constant(x.toArray(), x.shape);
  const [xg, w, bias, h, c] = [normal(T, 1, 4 * H), normal(2 * H), normal(2 * H), normal(1, H), normal(1, H)];
  const inputs = tape.constant(xg.toArray(), [T, 4 * H]);
  const { y, cells } = sruSequence(xg, w, bias, copy(h), copy(c));
  for (let t = 0; t < T; t++) {
    tape.kernels.sruStep(h.ptr, c.ptr, inputs.row(t).ptr, w.ptr, bias.ptr, H);
    expectClose(`h, step ${t}`, y.row(t).view(), h.view(), { absolute: 5e-6 });
    expectClose(`c, step ${t}`, cells.row(t + 1).view(), c.view(), { absolute: 5e-6 });
  }
  expect(new Set(y.view()).size).toBeGreaterThan(T);
});

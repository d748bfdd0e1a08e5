import { expect, test } from 'vitest';
import type { Kernels } from '../backend/backend.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { expectClose } from '../testing/close.ts';
import { minGruSequence, minLstmSequence } from './linear-recurrence.ts';
import type { Sequence } from './sequence.ts';

type Step = (k: Kernels, h: number, xg: number, H: number) => void;

test.each<[string, number, (xg: Tensor, h0: Tensor) => Sequence, Step]>([
  ['minGRU', 2, minGruSequence, (k, h, xg, H) => k.minGruStep(h, xg, H)],
  ['minLSTM', 3, minLstmSequence, (k, h, xg, H) => k.minLstmStep(h, xg, H)],
])('a %s over 4,096 steps in float32 is its steps, from a state that is not zero', (_, blocks, sequence, step) => {
  const [T, H] = [4096, 7];
  const backend = createReferenceBackend();
  const rng = Rng.seeded(1);
  using tape = new Tape(backend, { record: false });
  const normal = (shape: readonly number[]): Tensor =>
    tape.constant(
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => 3 * rng.normal()),
      shape,
    );
  const [xg, h] = [normal([T, 1, blocks * H]), normal([1, H])];
  const inputs = tape.constant(xg.toArray(), [T, blocks * H]);
  const { y } = sequence(xg, tape.constant(h.toArray(), [1, H]));
  for (let t = 0; t < T; t++) {
    step(tape.kernels, h.ptr, inputs.row(t).ptr, H);
    expectClose(`step ${t}`, y.row(t).view(), h.view(), { absolute: 5e-6 });
  }
  expect(new Set(y.view()).size).toBeGreaterThan(T);
});

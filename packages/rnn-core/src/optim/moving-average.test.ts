import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Module } from '../nn/module.ts';
import { Param, Parameters } from '../nn/parameters.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { expectClose } from '../testing/close.ts';
import { cosines } from '../testing/cosines.ts';
import { averageWeights } from '../weights/average-weights.ts';
import { MovingAverage } from './moving-average.ts';

// The cases and their numbers are those of golden/optimizers.py.
const golden = JSON.parse(readFileSync(new URL('../../golden/optimizers.json', import.meta.url), 'utf8')) as {
  readonly averaged: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly mean: readonly (readonly number[])[];
};

class Numbers extends Module {
  readonly p = new Param([6], (values) => values.fill(5));
  readonly frozen = new Param([2], (values) => values.fill(1), { requiresGrad: false });
}

const create = () => {
  const model = new Numbers();
  const backend = createReferenceBackend({ precision: 'float64' });
  return { model, backend, parameters: Parameters.create(model, backend, Rng.seeded(1)) };
};

test.each(Object.entries(golden.averaged))(
  "the moving average with decay %s is torch's AveragedModel",
  (decay, path) => {
    const { model, parameters } = create();
    const average = new MovingAverage(parameters, Number(decay));
    for (const [n, wanted] of path.entries()) {
      model.p.view().set(cosines([6], n + 1));
      average.update(n);
      expectClose(`update ${n + 1}`, average.tensor.toArray().slice(0, 6), wanted, { absolute: 1e-9 });
    }
  },
);

test('swapping puts the average in the place of the weights, and again undoes it', () => {
  const { model, backend, parameters } = create();
  const before = backend.heap.bytesInUse;
  const average = new MovingAverage(parameters, 0.5);
  average.update(0);
  model.p.view().fill(7);
  average.update(1); // d = 2/11
  average.swap();
  model.frozen.view().fill(3); // as what validation fits: it belongs to the average, which updates leave alone
  expect(model.p.toArray()[0]).toBeCloseTo(5 + (9 / 11) * 2, 12);
  average.swap();
  expect(model.p.toArray()[0]).toBe(7);
  average.update(2);
  expect(Array.from(average.tensor.view().subarray(6))).toEqual([3, 3]);
  average.free();
  expect(backend.heap.bytesInUse).toBe(before);
  expect(() => new MovingAverage(parameters, 1)).toThrow(
    'MovingAverage: decay must be at least 0 and below 1, got 1',
  );
});

test("the mean of several models' weights is that of torch's AveragedModel", () => {
  const models = golden.mean.map((_, n) => new Map([['p', { shape: [6], data: cosines([6], n + 1) }]]));
  expectClose('mean', averageWeights(models).get('p')!.data as Float64Array, golden.mean.at(-1)!, { absolute: 1e-9 });
  const other = new Map([['p', { shape: [3], data: new Float64Array(3) }]]);
  expect(() => averageWeights([models[0]!, other])).toThrow('averageWeights: p must be [6] in every model, got [3]');
});

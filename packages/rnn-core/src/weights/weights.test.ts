import { expect, test } from 'vitest';
import { Linear } from '../nn/linear.ts';
import { Parameters } from '../nn/parameters.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import { decodeSafetensors } from './safetensors.ts';
import { loadTensors, loadWeights, savedTensors, saveWeights } from './weights.ts';

function model(seed: number) {
  const linear = new Linear({ inFeatures: 3, outFeatures: 2 });
  const parameters = Parameters.create(linear, createReferenceBackend(), Rng.seeded(seed));
  return { linear, parameters };
}

test('weights saved from one model are those of another, by the model or its parameters', () => {
  const [a, b, c] = [model(1), model(2), model(3)];
  const bytes = saveWeights(a.linear, { note: 'first' });
  expect(decodeSafetensors(bytes, 'f').metadata).toMatchObject({ format: 'pt', note: 'first' });
  loadWeights(b.linear, bytes);
  loadWeights(c.parameters, decodeSafetensors(bytes, 'f').tensors);
  const values = ({ parameters }: typeof a) => Array.from(parameters, ([name, param]) => [name, [...param.view()]]);
  expect(values(b)).toStrictEqual(values(a));
  expect(values(c)).toStrictEqual(values(a));
});

test('a model that is made without an Rng is zero until its weights are loaded, and then as the one that was saved', () => {
  const saved = model(1);
  const [linear, backend] = [new Linear({ inFeatures: 3, outFeatures: 2 }), createReferenceBackend()];
  const dirty = backend.heap.allocate(256);
  backend.kernels.fill(dirty, 7, 32);
  backend.heap.free(dirty); // the memory of the model is not fresh
  const parameters = Parameters.create(linear, backend);
  expect([...linear.weight.view(), ...linear.bias!.view()]).toStrictEqual(Array(8).fill(0));
  loadWeights(parameters, saveWeights(saved.linear));
  expect([...linear.weight.view()]).toStrictEqual([...saved.linear.weight.view()]);
});

test('a damaged file and a model without memory are said to be so', () => {
  const bytes = saveWeights(model(1).linear);
  bytes[bytes.length - 1]! ^= 1;
  expect(() => loadWeights(model(1).linear, bytes, 'model.safetensors')).toThrow(
    /^model.safetensors: sha256 must be .*; the file is damaged$/,
  );
  expect(() => loadWeights(new Linear({ inFeatures: 3, outFeatures: 2 }), saveWeights(model(1).linear))).toThrow(
    'call Parameters.create(model, backend, rng) before using it',
  );
});

test('loadTensors names what does not fit', () => {
  const backend = createReferenceBackend();
  using tape = new Tape(backend, { record: false });
  const tensors = [['a', tape.constant([1, 2], [2])]] as const;
  const load =
    (name: string, values: Float32Array | Int32Array, ...shape: number[]) =>
    () =>
      loadTensors(tensors, new Map([[name, { shape, data: values }]]), 'model.safetensors');
  load('a', Float32Array.of(3, 4), 2)();
  expect([...tensors[0][1].view()]).toStrictEqual([3, 4]);
  expect(savedTensors(tensors).get('a')).toStrictEqual({ shape: [2], data: Float32Array.of(3, 4) });
  expect(load('b', Float32Array.of(3, 4), 2)).toThrow('model.safetensors: must hold a, got b');
  expect(load('a', Float32Array.of(3, 4), 1, 2)).toThrow('model.safetensors: a must be [2], got [1, 2]');
  expect(load('a', Int32Array.of(3, 4), 2)).toThrow(
    'model.safetensors: a must hold floating-point values, got Int32Array',
  );
  const extra = new Map([...savedTensors(tensors), ['c', { shape: [1], data: Float32Array.of(1) }]]);
  expect(() => loadTensors(tensors, extra, 'model.safetensors')).toThrow('must not hold c, which this model lacks');
});

test.each([Number.NaN, Number.NEGATIVE_INFINITY])('%d in a file is refused, with the name of its tensor', (value) => {
  const backend = createReferenceBackend();
  const model = new Linear({ inFeatures: 2, outFeatures: 1 });
  const parameters = Parameters.create(model, backend, Rng.seeded(1));
  const [name] = [...parameters].at(-1) ?? [];
  const saved = new Map(
    [...savedTensors(parameters)].map(([key, tensor]) => [key, { ...tensor, data: tensor.data.slice() }]),
  );
  const data = saved.get(name ?? '')?.data as Float64Array;
  data[0] = value;
  expect(() => loadWeights(parameters, saved, 'runs/toy')).toThrow(
    `runs/toy: ${name} must be finite, got ${value} at index 0; the file is damaged`,
  );
});

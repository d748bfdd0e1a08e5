import { expect, test } from 'vitest';
import { createReferenceBackend } from '../reference/backend.ts';
import { Tape } from './tape.ts';
import { axes } from './tensor.ts';

const backend = createReferenceBackend();

test('rows, row and reshape look into the same numbers', () => {
  using tape = new Tape(backend);
  const x = tape.constant([0, 1, 2, 3, 4, 5], [3, 2]);
  expect([...x.rows(1, 3).toArray()]).toEqual([2, 3, 4, 5]);
  expect(x.row(2)).toMatchObject({ shape: [2], offset: 4 });
  expect([...x.reshape(2, 3).row(1).toArray()]).toEqual([3, 4, 5]);
  x.row(1).view().set([9, 8]);
  expect([...x.toArray()]).toEqual([0, 1, 9, 8, 4, 5]);
  expect(x.rows(3, 3).size).toBe(0);
  expect(x.row(0).row(1).item()).toBe(1);
});

test('what does not fit is refused', () => {
  using tape = new Tape(backend);
  const x = tape.constant([1, 2, 3, 4], [2, 2]);
  expect(() => x.reshape(3)).toThrow('Tensor.reshape: size must stay 4, got [3]');
  expect(() => x.rows(1, 3)).toThrow('Tensor.rows: range must lie in [0, 2], got [1, 3]');
  expect(() => x.row(-1)).toThrow('Tensor.rows: range must lie in [0, 2], got [-1, 0]');
  expect(() => x.item()).toThrow('Tensor.item: size must be 1, got [2, 2]');
});

test('axes are read by name, and the message names them all', () => {
  expect(axes('Lstm.forward: x', { shape: [35, 20, 64] }, 'T B I', { I: 64 })).toEqual({ T: 35, B: 20, I: 64 });
  expect(() => axes('Lstm.forward: x', { shape: [35, 20, 128] }, 'T B I', { I: 64 })).toThrow(
    'Lstm.forward: x must be [T, B, I=64], got [35, 20, 128]',
  );
  expect(() => axes('x', { shape: [35] }, 'T B')).toThrow('x must be [T, B], got [35]');
});

test.each([[[-1, -1]], [[2, 0.5]], [[Number.NaN]]])('a shape %j is refused', (shape) => {
  using tape = new Tape(backend);
  const message = `Tensor: shape must be whole numbers of at least 0, got [${shape.join(', ')}]`;
  expect(() => tape.zeros(shape)).toThrow(expect.objectContaining({ name: 'ShapeError', message }));
  expect(() => tape.constant([1], shape)).toThrow(message);
  expect(() => tape.ids(Int32Array.of(1), shape)).toThrow(message);
  expect(() => tape.constant([1], [1]).reshape(...shape)).toThrow(message);
});

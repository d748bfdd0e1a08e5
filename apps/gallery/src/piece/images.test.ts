import { createReferenceBackend, Rng, Tape } from '@unroll/rnn-core';
import { TestFolder } from '@unroll/run/testing';
import { encode } from 'fast-png';
import { expect, test } from 'vitest';
import { type Images, imageTensor, readImage } from './images.ts';
import { imagesOf } from './mnist.ts';

const IMAGES: Images = {
  height: 3,
  width: 4,
  values: Uint8Array.from({ length: 24 }, (_, k) => (k === 5 || k === 12 + 11 ? 255 : 0)), // (1, 1) and (2, 3)
  labels: Int32Array.of(0, 1),
};

test('images are batches of pixels, height and width first', () => {
  using tape = new Tape(createReferenceBackend());
  const x = imageTensor(tape, IMAGES, Int32Array.of(1, 0));
  expect(x.shape).toEqual([3, 4, 2, 1]);
  const bright = [...x.view()].flatMap((value, k) => (value === 1 ? [k] : []));
  expect(bright).toEqual([(1 * 4 + 1) * 2 + 1, (2 * 4 + 3) * 2 + 0]);
});

test('pixels are reduced to means of squares', () => {
  using tape = new Tape(createReferenceBackend());
  const values = Uint8Array.from({ length: 16 }, (_, k) => (k % 4 < 2 ? 255 : 51));
  const image: Images = { height: 4, width: 4, values, labels: Int32Array.of(0) };
  const x = imageTensor(tape, image, Int32Array.of(0), undefined, 2);
  expect(x.shape).toEqual([2, 2, 1, 1]);
  for (const [k, value] of x.view().entries()) expect(value).toBeCloseTo([1, 0.2, 1, 0.2][k] ?? 0, 6);
});

test('with a random stream each image is moved, and what leaves the frame is lost', () => {
  using tape = new Tape(createReferenceBackend());
  const places = new Set<number>();
  for (let k = 0; k < 40; k++) {
    const x = imageTensor(tape, IMAGES, Int32Array.of(0), Rng.seeded(k)).view();
    expect(x.filter((value) => value !== 0).length).toBeLessThan(2);
    places.add(x.indexOf(1));
  }
  expect(places.size).toBeGreaterThan(6);
});

test('a PNG is read as grey, from colours and from a palette too', () => {
  using folder = new TestFolder();
  const size = { width: 2, height: 1 };
  const grey = folder.file('grey.png', encode({ ...size, data: Uint8Array.of(0, 200), channels: 1 }));
  expect([...readImage(grey, size).values]).toEqual([0, 200]);
  const color = folder.file(
    'color.png',
    encode({ ...size, data: Uint8Array.of(255, 0, 0, 9, 30, 60, 90, 9), channels: 4 }),
  );
  expect([...readImage(color, size).values]).toEqual([85, 60]);
});

test('a file that is no PNG, or one of another size, is one line', () => {
  using folder = new TestFolder();
  const size = { width: 28, height: 28 };
  const small = folder.file('small.png', encode({ width: 3, height: 2, data: new Uint8Array(6), channels: 1 }));
  expect(() => readImage(small, size)).toThrow(/small\.png: must be 28×28 pixels, got 3×2; resize it/);
  expect(() => readImage(folder.file('x.png', 'GIF89a'), size)).toThrow(/x\.png: must be a PNG image, got /);
  expect(() => readImage('nowhere.png', size)).toThrow('cannot read nowhere.png: no such file or folder');
});

test('images of another size than 28×28 are refused, and labels of another number', () => {
  const labels = { shape: [1], values: new Uint8Array(1) };
  const images = (...shape: number[]) => ({ shape, values: new Uint8Array(32 * 32) });
  expect(() => imagesOf(images(1, 32, 32), labels)).toThrow('images must be [N, 28, 28], got [1, 32, 32]');
  expect(() => imagesOf(images(2, 28, 28), labels)).toThrow('labels must be [2], got [1]');
});

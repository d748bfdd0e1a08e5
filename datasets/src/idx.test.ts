import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readIdx } from './idx.ts';

const IMAGES = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255);

test('reads the shape and the bytes, gzipped or not', () => {
  for (const file of [IMAGES, gzipSync(IMAGES)]) {
    const { shape, values } = readIdx(file, 'images');
    expect(shape).toEqual([2, 1, 3]);
    expect([...values]).toEqual([1, 2, 3, 4, 5, 255]);
  }
});

test.each([
  ['must hold 2×1×3 = 6 bytes, got 5', IMAGES.subarray(0, -1)],
  ['must be an IDX file of unsigned bytes, got another', Uint8Array.of(0, 0, 13, 1, 0, 0, 0, 0)],
  ['must be an IDX file of unsigned bytes, got another', new Uint8Array()],
  ['must be a whole gzip file, got a damaged one', gzipSync(IMAGES).subarray(0, 20)],
])('%s', (message, file) => {
  expect(() => readIdx(file, 'images.gz')).toThrow(`images.gz: ${message}`);
});

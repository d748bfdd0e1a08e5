import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { dequantizeRows, quantizeRows } from './int8-rows.ts';
import { decodeSafetensors, encodeSafetensors, type SavedTensor } from './safetensors.ts';

test('a row is its scale times whole numbers up to 127, a vector is as it was', () => {
  const quantized = quantizeRows(
    new Map<string, SavedTensor>([
      ['w', { shape: [3, 1, 2], data: Float32Array.of(1, -2, 0, 0, 254, 1) }],
      ['b', { shape: [1], data: Float32Array.of(0.1) }],
    ]),
  );
  expect(Object.fromEntries(quantized)).toEqual({
    w: { shape: [3, 1, 2], data: Int8Array.of(64, -127, 0, 0, 127, 1) },
    w_scale: { shape: [3], data: Float32Array.of(2 / 127, 0, 2) },
    b: { shape: [1], data: Float32Array.of(0.1) },
  });
});

test('through a file and back, a value is off by at most half a step of its row', () => {
  const rows = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -100, max: 100 }), {
    minLength: 6,
    maxLength: 6,
  });
  fc.assert(
    fc.property(rows, (values) => {
      const w = { shape: [2, 3], data: Float32Array.from(values) };
      const file = Buffer.concat(encodeSafetensors(quantizeRows(new Map([['w', w]]))));
      const { data } = dequantizeRows(decodeSafetensors(file, 'f').tensors, 'f').get('w')!;
      for (const [k, value] of w.data.entries()) {
        const largest = Math.max(...w.data.subarray(k - (k % 3), k - (k % 3) + 3).map(Math.abs));
        expect(Math.abs(value - Number(data[k]))).toBeLessThanOrEqual((0.501 * largest) / 127 + 1e-42);
      }
    }),
  );
});

test('scales that are not one for each row are an error', () => {
  const w = { shape: [2, 1], data: Int8Array.of(1, 2) };
  const scale = { shape: [1], data: Float32Array.of(1) };
  expect(() =>
    dequantizeRows(
      new Map<string, SavedTensor>([
        ['w', w],
        ['w_scale', scale],
      ]),
      'f',
    ),
  ).toThrow('f: w_scale must be F32 [2], got [1]; the file is damaged');
});

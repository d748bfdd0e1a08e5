import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { DataError } from './data-error.ts';
import { WindowStream } from './windows.ts';

const ramp = (N: number) => Int32Array.from({ length: N }, (_, k) => k);

const sizes = fc.record({ B: fc.integer({ min: 1, max: 7 }), extra: fc.integer({ min: 1, max: 100 }) });
const windows = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });

test('is time-major, y one step ahead of x, and ends with the text', () => {
  const stream = WindowStream.ending(ramp(13), 2, 5);
  expect(stream.next(3)).toEqual({
    T: 3,
    B: 2,
    x: Int32Array.of(1, 7, 2, 8, 3, 9),
    y: Int32Array.of(2, 8, 3, 9, 4, 10),
  });
  expect(stream.next(2)).toEqual({ T: 2, B: 2, x: Int32Array.of(4, 10, 5, 11), y: Int32Array.of(5, 11, 6, 12) });
});

test('each stream reads on round the ring, whatever T a window has, and the last one to the last id', () => {
  fc.assert(
    fc.property(sizes, windows, ({ B, extra }, lengths) => {
      const N = B + extra;
      const predictions = lengths.reduce((sum, T) => sum + T, 0);
      const stream = WindowStream.ending(ramp(N), B, predictions);
      let expected: number[] | undefined;
      for (const T of lengths) {
        const { x, y } = stream.next(T);
        for (let b = 0; b < B; b++) {
          const first = expected ? (expected[b] as number) : (x[b] as number);
          for (let t = 0; t < T; t++) {
            expect(x[t * B + b]).toBe((first + t) % N);
            expect(y[t * B + b]).toBe((first + t + 1) % N);
          }
        }
        expected = Array.from(y.subarray(-B));
      }
      expect(expected?.at(-1)).toBe(N - 1);
    }),
  );
});

test('predicts every id once, but for the few that do not fill a step, when as many are asked for', () => {
  fc.assert(
    fc.property(sizes, ({ B, extra }) => {
      const N = B + extra;
      const predictions = Math.floor((N - 1) / B);
      const { y } = WindowStream.ending(ramp(N), B, predictions).next(predictions);
      expect(Array.from(y).toSorted((a, b) => a - b)).toEqual(Array.from(ramp(N)).slice(N - predictions * B));
    }),
  );
});

test('goes on from a saved position with the same windows', () => {
  const stream = WindowStream.ending(ramp(200), 3, 160);
  for (let step = 0; step < 40; step++) {
    const again = new WindowStream(ramp(200), 3, stream.position);
    expect(again.next(1 + (step % 7))).toStrictEqual(stream.next(1 + (step % 7)));
  }
});

test('says how many ids it needs, and refuses a position of another text', () => {
  expect(() => WindowStream.ending(ramp(32), 32, 1)).toThrow('at least B + 1 = 33, got 32');
  expect(() => new WindowStream(ramp(0), 1, 0)).toThrow(DataError);
  for (const position of [11, -1, Number.NaN])
    expect(() => new WindowStream(ramp(11), 1, position)).toThrow('position must be in [0, 11)');
});

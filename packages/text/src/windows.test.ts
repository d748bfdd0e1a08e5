import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataError } from './data-error.ts';
import type { RandomSource } from './random.ts';
import { WindowStream, windows } from './windows.ts';

const ramp = (N: number) => Int32Array.from({ length: N }, (_, k) => k);

/** A different start each epoch, from the epoch alone. */
const random = (epoch: number): RandomSource => ({ uint32: () => ((epoch + 1) * 2654435761) % 2 ** 32 });

const sizes = fc.record({ B: fc.integer({ min: 1, max: 7 }), T: fc.integer({ min: 1, max: 9 }), extra: fc.nat(100) });

describe('windows', () => {
  test('is time-major, y one step ahead of x, the last window as short as what is left', () => {
    const all = [...windows(ramp(12), { B: 2, T: 3 })];
    expect(all.map(({ T, x, y, fresh }) => ({ T, x: [...x], y: [...y], fresh }))).toStrictEqual([
      { T: 3, x: [0, 5, 1, 6, 2, 7], y: [1, 6, 2, 7, 3, 8], fresh: true },
      { T: 2, x: [3, 8, 4, 9], y: [4, 9, 5, 10], fresh: false },
    ]);
  });

  test('predicts every id but the first exactly once with B = 1', () => {
    fc.assert(
      fc.property(sizes, ({ T, extra }) => {
        const ids = ramp(T + 1 + extra);
        const y = [...windows(ids, { B: 1, T })].flatMap(({ y }) => Array.from(y));
        expect(y).toStrictEqual([...ids.subarray(1)]);
      }),
    );
  });
});

describe('WindowStream', () => {
  test('reads B contiguous streams, whatever T each step asks for', () => {
    fc.assert(
      fc.property(sizes, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), ({ B, T, extra }, steps) => {
        const N = B * T + 1 + extra;
        const stream = new WindowStream(ramp(N), { B, T, random });
        let expected = Array.from({ length: B }, (): number | undefined => undefined);
        for (const step of steps) {
          const window = stream.next(step);
          for (let b = 0; b < B; b++) {
            const row = Array.from({ length: window.T }, (_, t) => window.x[t * B + b]);
            const next = Array.from({ length: window.T }, (_, t) => window.y[t * B + b]);
            const first = window.fresh ? row[0]! : expected[b]!;
            expect(row).toStrictEqual(row.map((_, t) => (first + t) % N));
            expect(next).toStrictEqual(row.map((_, t) => (first + t + 1) % N));
          }
          expected = Array.from({ length: B }, (_, b) => window.y.at(b - B));
        }
      }),
    );
  });

  test('reads no id twice in an epoch, and starts elsewhere in the next', () => {
    const stream = new WindowStream(ramp(1000), { B: 4, T: 32, random });
    const epochs: number[][] = [[], []];
    while (stream.cursor.epoch < 2) {
      const window = stream.next();
      epochs[window.epoch]!.push(...window.x);
    }
    for (const seen of epochs) {
      expect(seen).toHaveLength(4 * stream.length);
      expect(new Set(seen).size).toBe(seen.length);
    }
    expect(epochs[0]![0]).not.toBe(epochs[1]![0]);
  });

  test('goes on from a saved cursor with the same windows', () => {
    const options = { B: 3, T: 7, random };
    const stream = new WindowStream(ramp(200), options);
    for (let step = 0; step < 40; step++) {
      const again = new WindowStream(ramp(200), options, JSON.parse(JSON.stringify(stream.cursor)));
      expect(again.next(1 + (step % 7))).toStrictEqual(stream.next(1 + (step % 7)));
    }
    expect(stream.cursor.epoch).toBeGreaterThan(1);
  });

  test('says how many ids a window needs', () => {
    expect(() => new WindowStream(ramp(3200), { B: 32, T: 100 })).toThrow('B·T + 1 = 3201');
    expect(() => new WindowStream(ramp(0), { B: 1, T: 1 })).toThrow(DataError);
    expect(new WindowStream(ramp(3201), { B: 32, T: 100 }).next().T).toBe(100);
  });

  test('refuses a cursor of other streams', () => {
    for (const position of [10, -1, Number.NaN])
      expect(() => new WindowStream(ramp(11), { B: 1, T: 5 }, { epoch: 0, position })).toThrow(
        'cursor.position must be in [0, 10)',
      );
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lengthBuckets } from './buckets.ts';

const generator = (seed: number) => ({ uint32: () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) });

describe('lengthBuckets', () => {
  it('holds every example once, within its limits, like lengths together', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 40 })),
        fc.integer({ min: 1, max: 9 }),
        fc.integer(),
        (lengths, examples, seed) => {
          const batches = lengthBuckets(lengths, { batchSize: examples, maxTokens: 60, random: generator(seed) });
          expect(batches.flatMap((batch) => [...batch]).sort((a, b) => a - b)).toEqual(lengths.map((_, k) => k));
          for (const batch of batches) {
            expect(batch.length).toBeLessThanOrEqual(examples);
            const longest = Math.max(...Array.from(batch, (k) => lengths[k] as number));
            expect(batch.length === 1 || batch.length * longest <= 60).toBe(true);
          }
        },
      ),
    );
  });

  it('comes from short to long without a draw, and in an order of its own with one', () => {
    const lengths = [5, 1, 4, 2, 3, 6, 8, 7];
    expect(lengthBuckets(lengths, { batchSize: 3 }).map((batch) => [...batch])).toEqual([
      [1, 3, 4],
      [2, 0, 5],
      [7, 6],
    ]);
    const shown = (seed: number) =>
      JSON.stringify(lengthBuckets(lengths, { batchSize: 2, random: generator(seed) }).map((b) => [...b]));
    expect(shown(1)).toBe(shown(1));
    expect(new Set([1, 2, 3, 4].map(shown)).size).toBeGreaterThan(1);
  });

  it('asks for a limit', () => {
    expect(() => lengthBuckets([1], {})).toThrow('lengthBuckets: batchSize or maxTokens must be given, got neither');
  });
});

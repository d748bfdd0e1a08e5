import { Rng } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { BANDS } from './log-mel.ts';
import { varied } from './varied.ts';

test('a varied recording is up to a fifth slower or faster, finite, and another for each stream', () => {
  const recording = { T: 40, values: Float32Array.from({ length: 40 * BANDS }, (_, k) => Math.sin(0.1 * k)) };
  const lengths = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    const { T, values } = varied(recording, Rng.seeded(seed));
    expect(values).toHaveLength(T * BANDS);
    expect(T).toBeGreaterThanOrEqual(Math.round(40 / 1.2));
    expect(T).toBeLessThanOrEqual(Math.round(40 / 0.8));
    expect(values.every(Number.isFinite)).toBe(true);
    lengths.add(T);
  }
  expect(lengths.size).toBeGreaterThan(5);
  expect(varied(recording, Rng.seeded(1))).toStrictEqual(varied(recording, Rng.seeded(1)));
});

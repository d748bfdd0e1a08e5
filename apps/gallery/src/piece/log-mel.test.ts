import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BANDS, logMel, melPower } from './log-mel.ts';

test('the power in mel bands is that of librosa', () => {
  const golden = JSON.parse(
    readFileSync(new URL('../../golden/log-mel.json', import.meta.url), 'utf8'),
  ) as number[][];
  const signal = (k: number): number => 0.5 * Math.cos(0.05 * k + 0.0007 * k ** 2) + 0.1 * Math.cos(2.1 * k);
  const { T, values } = melPower(Float32Array.from({ length: 1200 }, (_, k) => signal(k)));
  expect(T).toBe(golden.length);
  for (const [t, frame] of golden.entries())
    for (const [band, wanted] of frame.entries())
      expect(Math.abs((values[t * BANDS + band] as number) - wanted), `frame ${t}, band ${band}`).toBeLessThan(
        1e-4 * wanted + 1e-6,
      );
});

test('features have mean 0 and variance 1, however loud, and no silence at the ends', () => {
  const tone = (loudness: number) =>
    Float32Array.from({ length: 8000 }, (_, k) => (k > 2000 && k < 5000 ? loudness * Math.sin(0.3 * k) : 0));
  const { T, values } = logMel(tone(0.5));
  expect(T).toBeGreaterThan(3000 / 80);
  expect(T).toBeLessThan(3600 / 80);
  expect(values.reduce((sum, x) => sum + x, 0) / values.length).toBeCloseTo(0, 4);
  expect(values.reduce((sum, x) => sum + x * x, 0) / values.length).toBeCloseTo(1, 4);
  expect(logMel(tone(0.25)).T).toBe(T);
  expect(logMel(new Float32Array(400)).values.every((x) => x === 0)).toBe(true); // silence alone is no NaN
});

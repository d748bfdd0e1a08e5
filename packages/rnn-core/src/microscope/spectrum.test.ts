import { describe, expect, it } from 'vitest';
import { orthogonal } from '../nn/initializers.ts';
import { Rng } from '../rng.ts';
import { spectrumOf } from './spectrum.ts';

describe('spectrumOf', () => {
  it('is exact where one eigenvalue leads', () => {
    const { radius, norm } = spectrumOf(Float64Array.of(2, 1, 0, -3), 2);
    expect(radius).toBeCloseTo(3, 6);
    expect(norm).toBeCloseTo(Math.sqrt(7 + Math.sqrt(13)), 6); // of WᵀW = [4 2; 2 10]
  });

  it('sees through a complex pair, under which no vector settles', () => {
    const turn = Float64Array.of(0, -1.3, 1.3, 0);
    expect(spectrumOf(turn, 2).radius).toBeCloseTo(1.3, 6);
  });

  it('tells what lasts from what is only strong at first', () => {
    const { radius, norm } = spectrumOf(Float64Array.of(0.5, 10, 0, 0.5), 2);
    expect(radius).toBeGreaterThan(0.49);
    expect(radius).toBeLessThan(0.52);
    expect(norm).toBeGreaterThan(10);
  });

  it('is 0 for a matrix whose powers end', () => {
    expect(spectrumOf(Float64Array.of(0, 1, 0, 0), 2)).toEqual({ radius: 0, norm: 1 });
  });

  it('is the gain of a scaled orthogonal matrix', () => {
    const w = new Float32Array(33 * 33);
    orthogonal(0.7)(w, [33, 33], Rng.seeded(1));
    expect(spectrumOf(w, 33).radius).toBeCloseTo(0.7, 5);
    expect(spectrumOf(w, 33).norm).toBeCloseTo(0.7, 5);
  });

  // python3 -c "import numpy as np; k=np.arange(1,64*64+1); w=np.sin(k*k%1009).reshape(64,64)/8
  //             print(abs(np.linalg.eigvals(w)).max(), np.linalg.norm(w,2))"
  it('agrees with numpy on a full matrix to 2 %', () => {
    const w = Float64Array.from({ length: 64 * 64 }, (_, k) => Math.sin(((k + 1) * (k + 1)) % 1009) / 8);
    const { radius, norm } = spectrumOf(w, 64);
    expect(Math.abs(radius / 0.69984 - 1)).toBeLessThan(0.02);
    expect(Math.abs(norm / 1.40462 - 1)).toBeLessThan(0.02);
  });
});

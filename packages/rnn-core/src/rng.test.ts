import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { philox, Rng } from './rng.ts';

type Four = [number, number, number, number];
type Two = [number, number];

/** Philox4x32-10 as the paper writes it, in whole numbers of any size. */
function philoxByBigInt(counter: Four, key: Two): number[] {
  const MASK = 0xffff_ffffn;
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const [p0, p1] = [0xd2511f53n * c0, 0xcd9e8d57n * c2];
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & MASK, (p0 >> 32n) ^ c3 ^ k1, p0 & MASK];
    [k0, k1] = [(k0 + 0x9e3779b9n) & MASK, (k1 + 0xbb67ae85n) & MASK];
  }
  return [c0, c1, c2, c3].map(Number);
}

describe('philox', () => {
  // Random123, kat_vectors, philox4x32 10.
  test.each<[Four, Two, Four]>([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('gives the known answer for %o', (counter, key, answer) => {
    expect([...philox(counter, key)]).toEqual(answer);
  });

  test('equals the same in BigInt, carries of the products and all', () => {
    const word = fc.oneof(fc.nat(0xffffffff), fc.constantFrom(0, 1, 0xffff, 0x10000, 0xffff0000, 0xffffffff));
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), fc.tuple(word, word), (counter, key) => {
        expect([...philox(counter, key)]).toEqual(philoxByBigInt(counter, key));
      }),
      { numRuns: 1000 },
    );
  });
});

const draws = (count: number, draw: () => number): number[] => Array.from({ length: count }, draw);
const stream = (seed: number): number[] => {
  const rng = Rng.seeded(seed);
  return draws(8, () => rng.uint32());
};
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('Rng', () => {
  test('one seed, one stream; another seed, another', () => {
    expect(stream(1)).toEqual(stream(1));
    const streams = [0, 1, 2, -1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER].map((seed) => stream(seed).join());
    expect(new Set(streams).size).toBe(streams.length);
  });

  test('a split depends on its name alone, not on what was drawn before', () => {
    const [fresh, used] = [Rng.seeded(1), Rng.seeded(1)];
    draws(5, () => used.normal());
    expect(used.split('dropout').uint32()).toBe(fresh.split('dropout').uint32());
    expect(used.split(7).uint32()).toBe(fresh.split(7).uint32());
  });

  test('splits by different names, numbers and depths have different keys', () => {
    const root = Rng.seeded(1);
    const layers = Array.from({ length: 2000 }, (_, k) => `layer ${k}`);
    const names = ['', 'a', 'b', 'ab', 'ba', '1', 'é', 'e\u0301', ...layers];
    const keys = [
      root,
      ...names.map((name) => root.split(name)),
      ...Array.from({ length: 2000 }, (_, k) => root.split(k)),
      root.split(2 ** 32),
      root.split('a').split('b'),
      root.split('b').split('a'),
    ].map(({ key }) => key.join());
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('neighbouring splits are not correlated', () => {
    const [a, b] = [Rng.seeded(1).split(0), Rng.seeded(1).split(1)];
    const products = draws(20_000, () => (a.uniform() - 0.5) * (b.uniform() - 0.5) * 12);
    expect(Math.abs(mean(products))).toBeLessThan(4 / Math.sqrt(20_000));
  });

  test('uniform numbers fill [0, 1) evenly', () => {
    const rng = Rng.seeded(3);
    const bins = new Array<number>(64).fill(0);
    for (const value of draws(64_000, () => rng.uniform())) bins[Math.floor(value * 64)]!++;
    // χ² with 63 degrees of freedom: mean 63, deviation √126.
    const chi2 = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(Math.abs(chi2 - 63)).toBeLessThan(4 * Math.sqrt(126));
  });

  test('normal numbers have the moments of the normal distribution', () => {
    const rng = Rng.seeded(4);
    const values = draws(100_000, () => rng.normal());
    const moment = (k: number): number => mean(values.map((x) => x ** k));
    expect(Math.abs(moment(1))).toBeLessThan(0.013);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.018);
    expect(Math.abs(moment(3))).toBeLessThan(0.05);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.13);
  });

  test('whole numbers are even over a range that does not divide 2³²', () => {
    const rng = Rng.seeded(5);
    const counts = [0, 0, 0];
    for (const k of draws(30_000, () => rng.integer(3))) counts[k]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(4 * Math.sqrt(30_000 * (2 / 9)));
    expect(rng.integer(1)).toBe(0);
    expect(rng.integer(2 ** 32)).toBeLessThan(2 ** 32);
  });

  test('a permutation holds every number once, and each first number is equally likely', () => {
    const rng = Rng.seeded(6);
    expect([...rng.permutation(50)].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, k) => k));
    expect([...rng.permutation(0)]).toEqual([]);
    const firsts = [0, 0, 0, 0];
    for (const k of draws(8000, () => rng.permutation(4)[0]!)) firsts[k]!++;
    for (const count of firsts) expect(Math.abs(count - 2000)).toBeLessThan(4 * Math.sqrt(8000 * (3 / 16)));
  });

  test.each([1.5, Number.NaN, 2 ** 53])('the seed %d is refused', (seed) => {
    expect(() => Rng.seeded(seed)).toThrow(`Rng.seeded: seed must be a whole number, got ${seed}`);
  });

  test.each([0, -1, 2.5, 2 ** 32 + 1])('a whole number below %d is refused', (n) => {
    expect(() => Rng.seeded(1).integer(n)).toThrow('Rng.integer: n must be a whole number in [1, 2³²]');
  });
});

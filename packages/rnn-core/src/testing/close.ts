import { expect } from 'vitest';

/** How far a number may stray from the one that is wanted: absolute + relative·|wanted|. */
export interface Tolerance {
  readonly absolute?: number;
  readonly relative?: number;
}

/** Fails with the worst index, what was expected there, what came, and the tolerance; a NaN is never close. */
export function expectClose(
  what: string,
  got: ArrayLike<number>,
  wanted: ArrayLike<number>,
  { absolute = 0, relative = 0 }: Tolerance,
): void {
  if (got.length !== wanted.length) expect.fail(`${what}: length must be ${wanted.length}, got ${got.length}`);
  let worst = { excess: 1, message: '' };
  for (let k = 0; k < wanted.length; k++) {
    const [x, y] = [got[k] as number, wanted[k] as number];
    const tolerance = absolute + relative * Math.abs(y);
    const error = Object.is(x, y) || x === y ? 0 : Math.abs(x - y);
    const excess = error === 0 ? 0 : error / tolerance;
    if (excess <= worst.excess) continue;
    const message = `${what}: wanted ${y} at ${k} of ${wanted.length}, got ${x}: ${error} off, tolerance ${tolerance}`;
    worst = { excess: Number.isNaN(excess) ? Number.POSITIVE_INFINITY : excess, message };
  }
  if (worst.message) expect.fail(worst.message);
}

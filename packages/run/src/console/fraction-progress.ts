import type { OutputStream } from '../cli/context.ts';
import { duration } from './quantity.ts';

const FIRST_SECONDS = 5; // what is over by then says nothing
const MOST_SECONDS = 60;

/**
 * Says how far something is of which the fraction that is done is known, where it takes long: after five seconds, and then at growing
 * intervals.
 *
 *     Fitting the baselines: 12 % done, at most 1m 20s left
 *
 * @returns to be told the fraction that is done of what may be needed
 */
export function fractionProgress(
  what: string,
  err: OutputStream,
  clock = () => performance.now() / 1000,
): (fraction: number) => void {
  const start = clock();
  let gap = FIRST_SECONDS;
  let next = start + gap;
  return (fraction) => {
    const now = clock();
    if (now < next) return;
    gap = Math.min(2 * gap, MOST_SECONDS);
    next = now + gap;
    const left = ((now - start) / fraction) * (1 - fraction);
    err.write(`${what}: ${Math.round(100 * fraction)} % done, at most ${duration(left)} left\n`);
  };
}

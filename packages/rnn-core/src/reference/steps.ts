/** One step of a sequence: what it reads and writes. */
export interface Step {
  /** The time of the input. */
  t: number;
  /** Which state is read, and which is written. */
  previous: number;
  next: number;
}

/** The steps of a sequence in the order they run. */
export function steps(T: number, reverse: 0 | 1): Step[] {
  return Array.from({ length: T }, (_, s) => {
    const t = reverse ? T - 1 - s : s;
    return { t, previous: t + reverse, next: t + 1 - reverse };
  });
}

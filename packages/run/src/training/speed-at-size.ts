import type { Budget } from './budget.ts';

/** Of {@link secondsPerTokenAt}. */
export interface SpeedOptions {
  readonly budget: Budget;
  /** The size whose speed is asked for, in hidden units. */
  readonly hiddenSize: number;
  /** Tokens of a step. */
  readonly stepTokens: number;
  /** The time of a token grows with the size to this power. */
  readonly costOfSize: number;
  /** Trains for this fraction of the time. @returns seconds per token */
  readonly measure: (hiddenSize: number, fraction: number) => Promise<number>;
}

const SMALL = 64; // hidden units
const MEASURED_STEPS = 8;
const QUICK = 0.05; // of the time
const FRACTIONS = { small: 0.005, real: 0.035 } as const; // of the time: a machine may be disturbed for a second or two

/** Seconds to train on one token: measured where that is quick, else estimated from a network of 64 units. */
export async function secondsPerTokenAt(options: SpeedOptions): Promise<number> {
  const { budget, hiddenSize, stepTokens, costOfSize, measure } = options;
  const cost = (size: number): number => (hiddenSize / size) ** costOfSize;
  const estimate = (await measure(SMALL, FRACTIONS.small)) * cost(SMALL);
  const isQuick = estimate * stepTokens * MEASURED_STEPS < QUICK * budget.left;
  const size = isQuick ? hiddenSize : SMALL;
  return (await measure(size, FRACTIONS.real)) * cost(size);
}

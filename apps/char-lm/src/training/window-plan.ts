export interface WindowPlanOptions {
  /** T of the first steps. */
  readonly window: number;
  /** At which shares of the training's characters it doubles, rising. */
  readonly grow: readonly number[];
  /** All steps. */
  readonly steps: number;
}

/**
 * How far back-propagation through time reaches at each step. Short windows make many cheap updates while the model
 * learns spelling; long ones let it learn what is further apart.
 */
export class WindowPlan {
  /** Characters read from each stream in all steps. */
  readonly predictions: number;
  /** Steps and T of each phase. */
  readonly #phases: readonly { steps: number; T: number }[];

  constructor({ window, grow, steps }: WindowPlanOptions) {
    const bounds = [0, ...grow, 1];
    // A share of the characters takes the fewer steps the longer its windows.
    const weights = bounds.slice(1).map((to, k) => (to - (bounds[k] as number)) / 2 ** k);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let [before, share] = [0, 0];
    this.#phases = weights.map((weight, k) => {
      share += weight / total;
      const end = Math.round(share * steps);
      const phase = { steps: end - before, T: window * 2 ** k };
      before = end;
      return phase;
    });
    this.predictions = this.#predictionsUntil(steps);
  }

  /** T of a step, the first being 1. */
  windowAt(step: number): number {
    let end = 0;
    for (const { steps, T } of this.#phases) {
      end += steps;
      if (step <= end) return T;
    }
    return this.#phases.at(-1)?.T ?? 0;
  }

  /** How much of the training a step completes, by characters, in (0, 1]. */
  progressAt(step: number): number {
    return this.#predictionsUntil(step) / this.predictions;
  }

  /** Steps that read `length` characters of each stream. */
  stepsFor(length: number): number {
    const steps = this.#phases.reduce((sum, phase) => sum + phase.steps, 0);
    return (length * steps) / this.predictions;
  }

  /** Characters read from each stream in the first so many steps. */
  #predictionsUntil(step: number): number {
    let [left, sum] = [step, 0];
    for (const { steps, T } of this.#phases) {
      sum += Math.min(left, steps) * T;
      left -= Math.min(left, steps);
    }
    return sum;
  }
}

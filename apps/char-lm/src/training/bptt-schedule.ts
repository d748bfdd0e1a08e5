/** Of {@link BpttSchedule}. */
export interface BpttScheduleOptions {
  /** T of the first steps. */
  readonly bptt: number;
  /** At which fractions of the training's characters T doubles, ascending. */
  readonly bpttGrowth: readonly number[];
  /** Total number of steps. */
  readonly steps: number;
}

/**
 * How many time steps T back-propagation reaches at each training step. A short window makes many cheap updates while the
 * model learns spelling; a long one lets it learn longer dependencies.
 */
export class BpttSchedule {
  /** Characters of each stream predicted in all steps. */
  readonly predictions: number;
  /** Number of steps and T of each phase. */
  readonly #phases: readonly { steps: number; T: number }[];

  constructor({ bptt, bpttGrowth, steps }: BpttScheduleOptions) {
    const bounds = [0, ...bpttGrowth, 1];
    // A given fraction of the characters takes fewer steps the longer the window.
    const weights = bounds.slice(1).map((to, k) => (to - (bounds[k] as number)) / 2 ** k);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let [before, fraction] = [0, 0];
    this.#phases = weights.map((weight, k) => {
      fraction += weight / total;
      const end = Math.round(fraction * steps);
      const phase = { steps: end - before, T: bptt * 2 ** k };
      before = end;
      return phase;
    });
    this.predictions = this.#predictionsUntil(steps);
  }

  /** T of a step, the first being 1. */
  bpttAt(step: number): number {
    let end = 0;
    for (const { steps, T } of this.#phases) {
      end += steps;
      if (step <= end) return T;
    }
    return this.#phases.at(-1)?.T ?? 0;
  }

  /** Fraction of the training's characters that is done after a step, in (0, 1]. */
  progressAt(step: number): number {
    return this.#predictionsUntil(step) / this.predictions;
  }

  /** Number of steps that read `length` characters of each stream. */
  stepsFor(length: number): number {
    const steps = this.#phases.reduce((sum, phase) => sum + phase.steps, 0);
    return (length * steps) / this.predictions;
  }

  /** Characters of each stream predicted in the first `step` steps. */
  #predictionsUntil(step: number): number {
    let [left, sum] = [step, 0];
    for (const { steps, T } of this.#phases) {
      sum += Math.min(left, steps) * T;
      left -= Math.min(left, steps);
    }
    return sum;
  }
}

import { ConfigError } from '../errors.ts';

/** From a step on, another number of steps for the whole training. */
export interface Revision {
  /** The last step before it. */
  readonly step: number;
  /** Steps of the whole training, those before included. */
  readonly steps: number;
}

/**
 * How many steps a training has, when that may change on the way. Schedules are made for the number at the start, N; a
 * revision maps the steps that are left to the part of the schedule that is left, so that it ends with the last step, wherever
 * that is now:
 *
 *     position(s) = s until the first revision, at s = r of R steps:   position(s) = position(r) + (s − r)·(N − position(r)) / (R − r)
 *
 *     const plan = new StepPlan(1000, [{ step: 100, steps: 550 }]);
 *     plan.positionAt(100); // 100
 *     plan.positionAt(325); // 550, half of what is left
 *     plan.positionAt(550); // 1000
 */
export class StepPlan {
  /** N, the number of steps at the start. */
  readonly initial: number;
  readonly #revisions: Revision[] = [];

  /** @throws ConfigError as {@link revise} */
  constructor(initial: number, revisions: readonly Revision[] = []) {
    this.initial = initial;
    for (const revision of revisions) this.revise(revision);
  }

  /** The number of steps now. */
  get steps(): number {
    return this.#revisions.at(-1)?.steps ?? this.initial;
  }

  /** Those so far, the earliest first. */
  get revisions(): readonly Revision[] {
    return this.#revisions;
  }

  /** @throws ConfigError when the revision is not after those before it, or leaves no step */
  revise({ step, steps }: Revision): void {
    const before = this.#revisions.at(-1)?.step ?? 0;
    const isWhole = Number.isSafeInteger(step) && Number.isSafeInteger(steps);
    if (!(isWhole && step > before && step < this.steps && steps > step))
      throw new ConfigError(
        `StepPlan: a revision must come after step ${before} and before step ${this.steps} and leave a step, got ${step}:${steps}`,
      );
    this.#revisions.push({ step, steps });
  }

  /** Where in a schedule of {@link initial} steps a step is; not a whole number after a revision. */
  positionAt(step: number): number {
    let [from, position, end] = [0, 0, this.initial];
    for (const { step: at, steps } of this.#revisions) {
      if (step <= at) break;
      position += ((at - from) * (this.initial - position)) / (end - from);
      [from, end] = [at, steps];
    }
    return from === 0 ? step : position + ((step - from) * (this.initial - position)) / (end - from);
  }
}

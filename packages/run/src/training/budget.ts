/** Of {@link Budget}. */
export interface BudgetOptions {
  /** How long everything may take from now on. */
  readonly minutes: number;
  /** Seconds from any fixed moment. */
  readonly clock?: () => number;
}

/** What a run does besides its steps. */
export interface Overhead {
  /** How often a run of so many steps does it after the first `done` of them. */
  readonly times: (steps: number, done: number) => number;
  /** What it takes each time. */
  readonly seconds: number;
}

/** What takes time, to be measured. */
export interface Sample {
  /** Does it once, or a fraction of it. */
  readonly run: () => unknown;
  /** That fraction; 1 by default. */
  readonly fraction?: number;
}

// Compilation and first touches are not what a step costs, and a just-in-time compiler takes its time:
const WARM_UP_STEPS = 3; // so many steps at least, as long as is then measured, are not counted
const MEASURED_FRACTION = 0.03; // of the budget goes into measuring,
const MEASURED_SECONDS = 4; //  but no more than this,
const MEASURED_STEPS = 5; //    and no fewer steps than these
const REPEATED_FRACTION = 0.01; // of the budget goes at most into repeating each thing that a run does besides,
const REPEATED_SECONDS = 1; //  and no more than this,
const MAX_REPEATS = 100; //    nor more often than this
const BURST_STEPS = 4; // are timed together where the fastest count, since not all steps are alike;
const FAST_BURSTS = 0.1; // of the bursts are faster than what is returned,
const LEAST_BURSTS = 2; //  of so many at least
const RESERVE = 0.03; // of what is left stays free: a machine is never quite as fast as it was

/**
 * Turns `--minutes` into `--steps`, by measuring.
 *
 * The steps it runs are thrown away: training starts again from the seed, so that a run with a budget is, bit for bit, the
 * run with that number of `--steps`, and the schedule knows its end from the first step.
 *
 *     const budget = new Budget({ minutes });
 *     const perStep = await budget.secondsPerStep(() => trial.step());
 *     const seconds = await budget.secondsOf({ run: () => evaluate(trial) });
 *     const steps = budget.steps(perStep, [{ times: () => 1, seconds }]);
 */
export class Budget {
  readonly #seconds: number;
  readonly #clock: () => number;
  readonly #start: number;
  #overheads: readonly Overhead[] = [];

  constructor({ minutes, clock = () => performance.now() / 1000 }: BudgetOptions) {
    this.#seconds = minutes * 60;
    this.#clock = clock;
    this.#start = clock();
  }

  /** Seconds since the budget was made. */
  get spent(): number {
    return this.#clock() - this.#start;
  }

  /** All of it, in seconds. */
  get seconds(): number {
    return this.#seconds;
  }

  /** Seconds that are left; 0 when more are spent than there were. */
  get left(): number {
    return Math.max(0, this.#seconds - this.spent);
  }

  /**
   * Runs steps to see how long one takes, in the mean.
   *
   * @param step one training step, at its full size
   */
  async secondsPerStep(step: () => unknown): Promise<number> {
    const enough = Math.min(MEASURED_SECONDS, MEASURED_FRACTION * this.#seconds);
    await this.#repeat(step, WARM_UP_STEPS, enough);
    return await this.#repeat(step, MEASURED_STEPS, enough);
  }

  /** How long the whole of something takes. A short first call is mostly warm-up, which a fraction would multiply: it is repeated. */
  async secondsOf({ run, fraction = 1 }: Sample): Promise<number> {
    const first = await this.#repeat(run, 1, 0);
    const enough = Math.min(REPEATED_SECONDS, REPEATED_FRACTION * this.#seconds);
    const repeats = Math.min(MAX_REPEATS, Math.floor(enough / first));
    return (repeats < 1 ? first : await this.#repeat(run, repeats, 0)) / fraction;
  }

  /**
   * @param perStep what one step takes, in seconds
   * @param overheads what else a run does: validation, the final evaluation
   * @returns the largest number of steps that ends within the budget; 1 at least
   */
  steps(perStep: number, overheads: readonly Overhead[] = []): number {
    this.#overheads = overheads;
    const left = this.left * (1 - RESERVE);
    const takes = (steps: number): number => this.overheadSeconds(steps, 0) + steps * perStep;
    let [fits, tooMany] = [1, Math.max(2, Math.ceil(left / perStep) + 1)];
    while (tooMany - fits > 1) {
      const middle = Math.floor((fits + tooMany) / 2);
      if (takes(middle) <= left) fits = middle;
      else tooMany = middle;
    }
    return fits;
  }

  /** Seconds of what a run of so many steps does besides, after the first `done` of them; of what {@link Budget.steps} was told. */
  overheadSeconds(steps: number, done: number): number {
    return this.#overheads.reduce((sum, { times, seconds }) => sum + times(steps, done) * seconds, 0);
  }

  /**
   * Trains for a moment to see how fast this machine is where nothing disturbs it. Other programs, compilation and first touches
   * only ever make a step slower, so the fastest of many short bursts of steps agree where means differ by a factor of two. For
   * choices that are not revised afterwards; {@link Budget.secondsPerStep} is the mean.
   *
   * @param step returns how many tokens it read
   * @param fraction of the budget that goes into it
   */
  async secondsPerToken(step: () => number, fraction: number): Promise<number> {
    const enough = Math.min(2 * MEASURED_SECONDS, fraction * this.#seconds);
    const bursts: number[] = [];
    const start = this.#clock();
    while (bursts.length < LEAST_BURSTS || this.#clock() - start < enough) {
      let tokens = 0;
      const seconds = await this.#repeat(() => (tokens += step()), BURST_STEPS, 0);
      bursts.push((BURST_STEPS * seconds) / tokens);
    }
    bursts.sort((a, b) => a - b);
    return bursts[Math.floor(FAST_BURSTS * bursts.length)] as number;
  }

  /** Runs at least so many times and so many seconds. @returns the mean seconds of one */
  async #repeat(run: () => unknown, times: number, seconds: number): Promise<number> {
    const start = this.#clock();
    let count = 0;
    while (count < times || this.#clock() - start < seconds) {
      await run();
      count++;
    }
    return (this.#clock() - start) / count;
  }
}

import type { Reached, StepPlan } from '@unroll/rnn-core';
import type { Budget } from './budget.ts';

/** Of {@link Replanner}. */
export interface ReplannerOptions {
  /** After its `steps`, which measured what a run does besides them. */
  readonly budget: Budget;
  readonly plan: StepPlan;
  /** By default no limit. */
  readonly mostSteps?: number | undefined;
  /** Is called when the plan has been revised. */
  readonly onRevised: () => void;
}

const CHECK_FRACTION = 0.04; // of the budget is between two checks,
const CHECK_PROGRESS = 0.1; // or so much of the training, where that is sooner: such a plan is far too short
const TOLERANCE = 0.01; // of the budget: an end so near to its end is left as it is
const RESERVE = 0.01; // of the budget stays free, for saving and writing the result

/**
 * Keeps a training within its minutes when the machine turns out faster or slower than it was measured: it compares the part of
 * the work that was done since the last check with the time that took, and the validations since the start with theirs, and
 * revises the number of steps.
 */
export class Replanner {
  readonly #budget: Budget;
  readonly #plan: StepPlan;
  readonly #mostSteps: number;
  readonly #onRevised: () => void;
  #first: Check | undefined;
  #last: Check | undefined;
  #next = { spent: 0, progress: 0 };

  constructor({ budget, plan, mostSteps = Number.POSITIVE_INFINITY, onRevised }: ReplannerOptions) {
    this.#budget = budget;
    this.#plan = plan;
    this.#mostSteps = mostSteps;
    this.#onRevised = onRevised;
  }

  /** Revises the plan if it must be: `replan` of `fit`. */
  readonly replan = ({ step, progress, seconds }: Reached): void => {
    const { spent, seconds: whole } = this.#budget;
    if (spent < this.#next.spent && progress < this.#next.progress) return;
    const check = { step, progress, seconds, spent };
    const before = this.#last;
    this.#first ??= check;
    this.#last = check;
    this.#next = { spent: spent + CHECK_FRACTION * whole, progress: progress + CHECK_PROGRESS };
    if (before === undefined) return;
    const { steps } = this.#plan;
    const needed = ((seconds - before.seconds) / (progress - before.progress)) * (1 - progress);
    const free = this.#budget.left - RESERVE * whole - this.#overheadSeconds(this.#first, check);
    if (!(progress > before.progress) || Math.abs(free - needed) < TOLERANCE * whole) return;
    const inTime = step + Math.max(1, Math.round((steps - step) * (free / needed)));
    const revised = Math.min(inTime, this.#mostSteps);
    if (revised === steps) return;
    this.#plan.revise({ step, steps: revised });
    this.#onRevised();
  };

  /** Seconds of the overhead still to come, if it keeps the ratio to its plan that it had so far. */
  #overheadSeconds(first: Check, now: Check): number {
    const after = ({ step }: Check): number => this.#budget.overheadSeconds(this.#plan.steps, step - 1); // the overhead of that step itself is still to come
    const planned = after(first) - after(now);
    const taken = now.spent - first.spent - (now.seconds - first.seconds);
    return after(now) * (planned > 0 ? taken / planned : 1);
  }
}

/** What a training has reached, and the seconds of the budget spent. */
type Check = Reached & { readonly spent: number };

import type { Tensor } from '../tensor/tensor.ts';
import type { JsonObject } from './json.ts';
import type { Learner } from './learner.ts';

/** Metrics by name, as they are logged. */
export type Metrics = Readonly<Record<string, number>>;

/** What the held-out data says. */
export interface Validation {
  /** What training minimises: it decides the best checkpoint, early stopping and the plateau schedule. */
  readonly loss: number;
  readonly metrics: Metrics;
}

/** What a method brings to `fit`; the loop around it is the same for all. */
export interface TrainingTask {
  readonly learner: Learner;
  /** Arrays that cross from step to step, such as a carried hidden state, by name. */
  readonly carried?: ReadonlyMap<string, Tensor>;
  /** One step, from data to `learner.update`. The first is step 1. @returns what is logged */
  step(step: number): Metrics;
  /** Evaluates the held-out data with the present weights. */
  validate(): Validation | Promise<Validation>;
  /** The part of the training's work, in (0, 1], that is done after a step, where steps grow; by default they are all of one size. */
  progressAt?(step: number): number;
  /** Whether nothing is left to learn; may become true at a validation, and ends the training. */
  readonly isDone?: boolean;
  /** Everything else that crosses from step to step, such as the position in the data. */
  state?(): JsonObject;
  /**
   * Continues from a saved state.
   *
   * @param state what `state` returned
   */
  restore?(state: JsonObject): void;
}

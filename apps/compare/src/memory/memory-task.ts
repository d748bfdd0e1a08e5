import type { Rng } from '@unroll/rnn-core';

/** One batch of a memory task, time first. */
export interface MemoryBatch {
  readonly T: number;
  /** [T, B, I] */
  readonly x: Float32Array;
  /** [T, B], the target class of each step, `IGNORED` where there is none; of a task with classes. */
  readonly classes?: Int32Array;
  /** [B], the target of the last step; of a task with numbers. */
  readonly numbers?: Float32Array;
}

/** The target of steps without one. */
export const IGNORED = -1;

/** A task that can only be solved by remembering; its data is random. */
export interface MemoryTask {
  readonly name: string;
  /** The task in a few words. */
  readonly about: string;
  /** The paper. */
  readonly source: string;
  /** I */
  readonly inputSize: number;
  /** V, classes; 1 for a number. */
  readonly outputSize: number;
  /** How far a correct number may be off. */
  readonly tolerance?: number;
  /**
   * Draws a batch of sequences.
   *
   * @param B sequences
   * @param delay about how many steps lie between what is to be remembered and its recall
   */
  batch(rng: Rng, B: number, delay: number): MemoryBatch;
}

/** Writes a 1 for a symbol: x[t, b, symbol] = 1. */
export function oneHot(x: Float32Array, B: number, I: number, t: number, b: number, symbol: number): void {
  x[(t * B + b) * I + symbol] = 1;
}

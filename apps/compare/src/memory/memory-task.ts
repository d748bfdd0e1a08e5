import type { Rng } from '@unroll/rnn-core';

/** One batch of a memory task, time first. */
export interface MemoryBatch {
  readonly T: number;
  /** [T, B, I] */
  readonly x: Float32Array;
  /** [T, B]: the class to answer at each step, {@link SILENT} where none is asked for; of a task with classes. */
  readonly classes?: Int32Array;
  /** [B]: the number to answer at the last step; of a task with numbers. */
  readonly numbers?: Float32Array;
}

/** Where no answer is asked for. */
export const SILENT = -1;

/** A task that can only be solved by remembering, made of random numbers alone. */
export interface MemoryTask {
  readonly name: string;
  /** What is to be done, for people. */
  readonly about: string;
  /** Who posed it. */
  readonly source: string;
  /** I, numbers an input has. */
  readonly inputs: number;
  /** V, classes an answer is one of; 1 for a number. */
  readonly outputs: number;
  /** How far off a number may be and count as right. */
  readonly tolerance?: number;
  /**
   * @param B how many sequences
   * @param delay steps between what is to be remembered and when it is asked for, about
   */
  batch(rng: Rng, B: number, delay: number): MemoryBatch;
}

/** Writes a 1 for a symbol: x[t, b, symbol] = 1. */
export function oneHot(x: Float32Array, B: number, I: number, t: number, b: number, symbol: number): void {
  x[(t * B + b) * I + symbol] = 1;
}

import type { CellName } from '@unroll/rnn-core';

/** What the page is told of the model. */
export interface ModelFacts {
  /** One, or those of several networks. */
  readonly cells: readonly CellName[];
  readonly hidden: number;
  readonly layers: number;
  readonly parameters: number;
  /** What computes it. */
  readonly backend: string;
}

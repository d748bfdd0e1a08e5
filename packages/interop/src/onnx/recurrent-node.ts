import type { Attributes, Value } from './graph.ts';

/** The node of one layer, and its inputs without lengths and states. */
export interface RecurrentNode {
  readonly op: 'RNN' | 'GRU' | 'LSTM';
  /** [T, B, N] */
  readonly X: Value;
  /** [D, G·H, N] */
  readonly W: Value;
  /** [D, G·H, H] */
  readonly R: Value;
  /** [D, 2·G·H], both biases. */
  readonly B: Value | undefined;
  readonly attributes: Attributes;
}

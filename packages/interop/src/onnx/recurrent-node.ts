import type { Attributes, Value } from './graph.ts';

/** The state of one layer, both directions in one tensor; an LSTM and an SRU have a cell beside the hidden state. */
export interface LayerState {
  readonly h: Value; //  [D, B, H]
  readonly c?: Value; // [D, B, H]
}

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

import type { Ptr } from '../backend/backend.ts';
import type { Tensor } from './tensor.ts';

/** How a recurrent sequence computes its next state. */
export type Cell = 'tanh' | 'relu' | 'gru' | 'lstm' | 'slstm' | 'mingru' | 'minlstm' | 'sru';

/** A recurrent sequence just before its gradient is computed, its activations still there. */
export interface ObservedSequence {
  readonly cell: Cell;
  /** Of the layer: `rnn.l0`, `encoder.l1_reverse`. */
  readonly name: string;
  readonly T: number;
  readonly B: number;
  readonly H: number;
  /** [G·H, H]; undefined where the cell has no recurrent weights. */
  readonly weightHh: Tensor | undefined;
  /** [B, H] */
  readonly h0: Tensor;
  /** [T+1, B, H] */
  readonly states: Tensor;
  /** C: 2H of an sLSTM, whose cell is a mean and a logarithm, H of an LSTM and SRU, else 0. */
  readonly cellSize: number;
  /** [T, B, G·H], activated: i f g o of an LSTM, a f z o of an sLSTM, r z n of a GRU, z h̃ of a minGRU, x̃ f r x of an SRU; 0 where there are none. */
  readonly gates: Ptr;
  /** [B], valid steps of each entry. */
  readonly lengths: Int32Array | undefined;
  readonly isReverse: boolean;
  /**
   * Back-propagates a gradient of the observer's own through this sequence, and changes nothing of it.
   *
   * @param dh [T+1, B, H], in: the gradient of each state from outside the recurrence; out: its total gradient
   * @param dc [T+1, B, C], likewise of the cell states; 0 where C is
   */
  probe(dh: Ptr, dc: Ptr): void;
}

/**
 * Is called with a sequence before its gradient is computed.
 *
 * @returns what to call afterwards with ∂L/∂h and ∂L/∂c of every state, [T+1, B, H] and [T+1, B, C]; dc is 0 where C is
 */
export type SequenceObserver = (sequence: ObservedSequence) => (dh: Ptr, dc: Ptr) => void;

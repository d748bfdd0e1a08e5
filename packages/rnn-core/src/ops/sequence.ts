import type { Kernels, Ptr } from '../backend/backend.ts';
import { type Backprop, Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What every sequence op takes beside its input and weights. */
export interface SequenceOptions {
  /** Valid steps of each batch entry, [B]; beyond, the state is held and no gradient flows. */
  lengths?: Int32Array | undefined;
  /** Runs from the last step to the first. */
  reverse?: boolean | undefined;
  /** The layer's name in gradient diagnostics; by default that of the recurrent weights. */
  name?: string | undefined;
}

/** All states of a sequence, and the two parts a caller wants. */
export interface Sequence {
  /** [T+1, B, H], the initial state included */
  readonly states: Tensor;
  /** [T, B, H], after every step */
  readonly y: Tensor;
  /** [B, H], after the last step */
  readonly last: Tensor;
}

/** The hidden states of an LSTM, sLSTM or SRU, and beside them its cells, of C numbers: 2H in an sLSTM, else H. */
export interface CellSequence extends Sequence {
  /** [T+1, B, C] */
  readonly cells: Tensor;
  /** [B, C] */
  readonly lastCell: Tensor;
}

/** A copy for a probe to overwrite. */
export function copied(k: Kernels, back: Backprop, from: Ptr, size: number): Ptr {
  const to = back.scratch(size);
  k.scale(to, from, 1, size, 0);
  return to;
}

/** [T+1, B, H] with the initial state where the sequence begins. */
export function initialStates(
  op: string,
  T: number,
  first: Tensor,
  inputs: readonly (Tensor | undefined)[],
  reverse: 0 | 1,
): Tensor {
  const tape = Tape.current;
  const states = tape.result(op, [T + 1, ...first.shape], inputs);
  tape.kernels.scale(states.row(reverse ? T : 0).ptr, first.ptr, 1, first.size, 0);
  return states;
}

/** The states with the parts that a caller wants. */
export function parts(states: Tensor, reverse: 0 | 1): Sequence {
  const T = (states.shape[0] as number) - 1;
  return { states, y: reverse ? states.rows(0, T) : states.rows(1, T + 1), last: states.row(reverse ? 0 : T) };
}

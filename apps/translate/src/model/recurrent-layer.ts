import {
  type CellName,
  createRecurrent,
  initializersOf,
  type LayerState,
  type Recurrent,
  type RecurrentConfig,
  type State,
  type Tensor,
} from '@unroll/rnn-core';

/**
 * A recurrent layer as all parts of the translator use it: orthogonal recurrent weights, hidden biases zero but for an
 * LSTM's forget gate, which begins open (Jozefowicz, Zaremba, Sutskever 2015).
 */
export function createLayer(
  cell: CellName,
  sizes: Pick<RecurrentConfig, 'inputSize' | 'hiddenSize' | 'bidirectional'>,
): Recurrent {
  return createRecurrent(cell, {
    ...sizes,
    ...initializersOf(cell),
  });
}

/** The sizes of the tensors that a layer's state is made of: h, and c of a cell that has one. */
export const stateSizesOf = ({ config: { hiddenSize }, cellSize }: Recurrent): number[] =>
  cellSize > 0 ? [hiddenSize, cellSize] : [hiddenSize];

/** A layer's state from its tensors: h, and c of a cell that has one. */
export function layerState([h, c]: readonly Tensor[]): LayerState {
  return { h: h as Tensor, ...(c && { c }) };
}

/** The tensors of a state, in the order {@link layerState} takes them. */
export const tensorsOf = (state: State): Tensor[] => state.flatMap(({ h, c }) => (c ? [h, c] : [h]));

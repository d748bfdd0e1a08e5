import {
  type CellName,
  constant,
  createRecurrent,
  forgetGateBias,
  type LayerState,
  orthogonal,
  type Recurrent,
  type RecurrentConfig,
  type State,
  type Tensor,
} from '@unroll/rnn-core';

export const CELLS = ['gru', 'lstm', 'rnn'] as const satisfies readonly CellName[]; // the default first

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
    recurrentInitializer: orthogonal(),
    biasInitializer: cell === 'lstm' ? forgetGateBias() : constant(0),
  });
}

/** How many tensors a layer's state is made of: h, and an LSTM's c. */
export const stateTensors = (cell: CellName): number => (cell === 'lstm' ? 2 : 1);

/** A layer's state from its tensors: h, and an LSTM's c. */
export function layerState([h, c]: readonly Tensor[]): LayerState {
  return { h: h as Tensor, ...(c && { c }) };
}

/** The tensors of a state, in the order {@link layerState} takes them. */
export const tensorsOf = (state: State): Tensor[] => state.flatMap(({ h, c }) => (c ? [h, c] : [h]));

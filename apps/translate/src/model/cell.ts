import {
  Gru,
  type Initializer,
  type LayerState,
  Lstm,
  orthogonal,
  type Recurrent,
  type RecurrentConfig,
  Rnn,
  type State,
  type Tensor,
} from '@unroll/rnn-core';

export const CELLS = ['gru', 'lstm', 'rnn'] as const;
export type Cell = (typeof CELLS)[number];

/**
 * A recurrent layer as all parts of the translator use it: orthogonal recurrent weights, hidden biases zero but for an
 * LSTM's forget gate, which begins open (Jozefowicz, Zaremba, Sutskever 2015).
 */
export function createLayer(
  cell: Cell,
  sizes: Pick<RecurrentConfig, 'inputSize' | 'hiddenSize' | 'bidirectional'>,
): Recurrent {
  const config = {
    ...sizes,
    recurrentInitializer: orthogonal(),
    biasInitializer: cell === 'lstm' ? openForgetGate : zeros,
  };
  switch (cell) {
    case 'gru':
      return new Gru(config);
    case 'lstm':
      return new Lstm(config);
    case 'rnn':
      return new Rnn(config);
  }
}

/** How many tensors a layer's state is made of: h, and an LSTM's c. */
export const stateTensors = (cell: Cell): number => (cell === 'lstm' ? 2 : 1);

const zeros: Initializer = (values) => {
  values.fill(0);
};

/** Gate blocks stand in the order i f g o. */
const openForgetGate: Initializer = (values) => {
  const H = values.length / 4;
  values.fill(0).fill(1, H, 2 * H);
};

/** A layer's state from its tensors: h, and an LSTM's c. */
export function layerState([h, c]: readonly Tensor[]): LayerState {
  return { h: h as Tensor, ...(c && { c }) };
}

/** The tensors of a state, in the order {@link layerState} takes them. */
export const tensorsOf = (state: State): Tensor[] => state.flatMap(({ h, c }) => (c ? [h, c] : [h]));

import {
  createRecurrent,
  initializersOf,
  type LayerState,
  Lstm,
  type Recurrent,
  type Tensor,
} from '@unroll/rnn-core';
import type { Layer } from './piece.ts';

/** A recurrent layer of any cell, with the initial weights that suit it. */
export const recurrentLayer = (
  { cell, hiddenSize }: Layer,
  inputSize: number,
  options: { readonly bidirectional?: boolean } = {},
): Recurrent => createRecurrent(cell, { inputSize, hiddenSize, ...initializersOf(cell), ...options });

/** The state of a layer that begins with h, [B, H]; an LSTM's cell is the same. */
export const stateFrom = (layer: Recurrent, h: Tensor): LayerState => (layer instanceof Lstm ? { h, c: h } : { h });

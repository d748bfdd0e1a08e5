import { ConfigError, type Direction, Gru, Lstm, type Param, type Recurrent, Rnn } from '@unroll/rnn-core';
import type { Attributes, Graph, Value } from './graph.ts';

/** The state of one layer, both directions in one tensor; an LSTM has a cell beside its hidden state. */
export interface LayerState {
  readonly h: Value; //  [D, B, H]
  readonly c?: Value; // [D, B, H]
}

/** What a recurrent layer in a graph takes beside its sequence. */
export interface RecurrentInput {
  /** int32 [B], the unpadded steps of each batch entry. */
  readonly lengths?: Value | undefined;
  /** Before the first step, one entry per layer; zeros by default. */
  readonly state?: readonly LayerState[] | undefined;
}

/** What a recurrent layer in a graph returns. */
export interface RecurrentOutput {
  /** [T, B, D·H], the last layer after every step, zero beyond each entry's length */
  readonly y: Value;
  /** After the last valid step of each entry, one entry per layer. */
  readonly state: readonly LayerState[];
}

/**
 * A recurrent layer, or several, as ONNX's RNN, GRU or LSTM.
 *
 * @param x [T, B, I]
 */
export function recurrent(
  g: Graph,
  layer: Recurrent,
  x: Value,
  { lengths, state }: RecurrentInput = {},
): RecurrentOutput {
  const { hiddenSize: H, bidirectional, numLayers } = layer.config;
  const D = bidirectional ? 2 : 1;
  const { op, order, attributes } = cellOf(layer);
  const outputs = op === 'LSTM' ? 3 : 2;
  const last: LayerState[] = [];
  let y = x;
  for (let l = 0; l < numLayers; l++) {
    const directions = layer.directions.slice(l * D, (l + 1) * D);
    const { W, R, B } = stackedWeights(g, directions, order);
    const inputs = [y, W, R, B, lengths, state?.[l]?.h, ...(op === 'LSTM' ? [state?.[l]?.c] : [])];
    const [all, h, c] = g.ops(op, withoutTrailing(inputs), outputs, {
      hidden_size: H,
      direction: bidirectional ? 'bidirectional' : 'forward',
      ...attributes,
    }) as [Value, Value, Value | undefined]; // all: [T, D, B, H]
    y = bidirectional
      ? g.op('Reshape', [g.op('Transpose', [all], { perm: [0, 2, 1, 3] }), g.ints(0, 0, 2 * H)])
      : g.op('Squeeze', [all, g.ints(1)]);
    last.push({ h, ...(c && { c }) });
  }
  return { y, state: last };
}

/** ONNX's operator of a cell, and where each of its gate blocks is among torch's: i o f c in i f g o, z r h in r z n. */
function cellOf(layer: Recurrent): { op: 'RNN' | 'GRU' | 'LSTM'; order: readonly number[]; attributes: Attributes } {
  if (layer instanceof Lstm) return { op: 'LSTM', order: [0, 3, 1, 2], attributes: {} };
  if (layer instanceof Gru) return { op: 'GRU', order: [1, 0, 2], attributes: { linear_before_reset: 1 } };
  if (layer instanceof Rnn) {
    const activation = layer.nonlinearity === 'relu' ? 'Relu' : 'Tanh';
    return {
      op: 'RNN',
      order: [0],
      attributes: { activations: new Array<string>(layer.config.bidirectional ? 2 : 1).fill(activation) },
    };
  }
  throw new ConfigError(
    `ONNX export: --cell must be rnn, gru or lstm, which ONNX has, got ${layer.constructor.name.toLowerCase()}`,
  );
}

/** The weights of a layer as ONNX takes them: both directions in one tensor, both biases in one. */
function stackedWeights(g: Graph, directions: readonly Direction[], order: readonly number[]) {
  const [first] = directions as [Direction];
  const [rows = 0, I = 0] = first.weightIh.shape;
  const H = (first.weightHh as Param).shape[1] ?? 0;
  const D = directions.length;
  const stacked = (
    name: string,
    dims: readonly number[],
    params: (direction: Direction) => readonly Param[],
  ): Value =>
    g.weight(name, [D, ...dims], () =>
      concatenated(directions.flatMap((direction) => params(direction).map((param) => reordered(param, order)))),
    );
  return {
    W: stacked(first.weightIh.storage.name, [rows, I], ({ weightIh }) => [weightIh]),
    R: stacked((first.weightHh as Param).storage.name, [rows, H], ({ weightHh }) => [weightHh as Param]),
    B:
      first.biasIh &&
      stacked(first.biasIh.storage.name.replace('bias_ih', 'bias'), [2 * rows], ({ biasIh, biasHh }) => [
        biasIh as Param,
        biasHh as Param,
      ]),
  };
}

/** A weight with its gate blocks in another order. */
function reordered(param: Param, order: readonly number[]): Float32Array {
  const values = param.view();
  const block = values.length / order.length;
  return concatenated(order.map((from) => values.subarray(from * block, (from + 1) * block)));
}

function concatenated(parts: readonly ArrayLike<number>[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function withoutTrailing(inputs: readonly (Value | undefined)[]): readonly (Value | undefined)[] {
  return inputs.slice(0, inputs.findLastIndex((input) => input !== undefined) + 1);
}

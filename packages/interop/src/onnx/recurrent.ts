import {
  CELL_NAMES,
  type CellName,
  ConfigError,
  type Direction,
  Gru,
  Lstm,
  MinGru,
  MinLstm,
  type Param,
  type Recurrent,
  Rnn,
  Sru,
} from '@unroll/rnn-core';
import type { Graph, Value } from './graph.ts';
import { linearRecurrence } from './linear-recurrence.ts';
import type { LayerState, RecurrentNode } from './recurrent-node.ts';
import { sru } from './sru.ts';
import { concatenated, stacked } from './stacked-weights.ts';

/** The cells that a graph can have: ONNX lacks an sLSTM, and its step cannot be made of RNN, GRU or LSTM. */
export const ONNX_CELLS: readonly CellName[] = CELL_NAMES.filter((cell) => cell !== 'slstm');

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
 * A recurrent layer, or several, as ONNX's RNN, GRU or LSTM; minGRU and minLSTM as a GRU without recurrent weights,
 * SRU as one with a diagonal of them.
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
  const last: LayerState[] = [];
  let y = x;
  for (let l = 0; l < numLayers; l++) {
    const directions = layer.directions.slice(l * D, (l + 1) * D);
    if (layer instanceof Sru) {
      const out = sru(g, layer, directions, y, { lengths, state: state?.[l] });
      y = out.y;
      last.push(out.state);
      continue;
    }
    const { op, X, W, R, B, attributes } = nodeOf(g, layer, directions, y);
    const inputs = [X, W, R, B, lengths, state?.[l]?.h, ...(op === 'LSTM' ? [state?.[l]?.c] : [])];
    const [all, h, c] = g.ops(op, withoutTrailing(inputs), op === 'LSTM' ? 3 : 2, {
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

/** One layer, both directions. Gate blocks move to ONNX's order: i f g o to i o f c, r z n to z r h. */
function nodeOf(g: Graph, layer: Recurrent, directions: readonly Direction[], x: Value): RecurrentNode {
  if (layer instanceof MinGru || layer instanceof MinLstm) return linearRecurrence(g, layer, directions, x);
  if (layer instanceof Lstm)
    return { op: 'LSTM', X: x, ...stackedWeights(g, directions, [0, 3, 1, 2]), attributes: {} };
  if (layer instanceof Gru)
    return { op: 'GRU', X: x, ...stackedWeights(g, directions, [1, 0, 2]), attributes: { linear_before_reset: 1 } };
  if (layer instanceof Rnn) {
    const activation = layer.nonlinearity === 'relu' ? 'Relu' : 'Tanh';
    const activations = directions.map(() => activation);
    return { op: 'RNN', X: x, ...stackedWeights(g, directions, [0]), attributes: { activations } };
  }
  throw new ConfigError(
    `ONNX export: the cell must be one of ${ONNX_CELLS.join(', ')}, got ${layer.constructor.name.toLowerCase()}`,
  );
}

/** The weights of a layer as ONNX takes them: both directions in one tensor, both biases in one. */
function stackedWeights(g: Graph, directions: readonly Direction[], order: readonly number[]) {
  const { weightIh, weightHh, biasIh } = directions[0] as Direction;
  const [rows = 0, I = 0] = weightIh.shape;
  const [, H = 0] = (weightHh as Param).shape;
  const weights = (name: string, dims: readonly number[], params: (direction: Direction) => readonly unknown[]) =>
    stacked(g, name, dims, directions, (direction) =>
      params(direction).map((param) => reordered(param as Param, order)),
    );
  return {
    W: weights(weightIh.storage.name, [rows, I], ({ weightIh }) => [weightIh]),
    R: weights((weightHh as Param).storage.name, [rows, H], ({ weightHh }) => [weightHh]),
    B:
      biasIh &&
      weights(biasIh.storage.name.replace('bias_ih', 'bias'), [2 * rows], ({ biasIh, biasHh }) => [biasIh, biasHh]),
  };
}

/** A weight with its gate blocks in another order. */
function reordered(param: Param, order: readonly number[]): Float32Array {
  const values = param.view();
  const block = values.length / order.length;
  return concatenated(order.map((from) => values.subarray(from * block, (from + 1) * block)));
}

function withoutTrailing(inputs: readonly (Value | undefined)[]): readonly (Value | undefined)[] {
  return inputs.slice(0, inputs.findLastIndex((input) => input !== undefined) + 1);
}

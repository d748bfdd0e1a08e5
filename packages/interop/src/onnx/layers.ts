import type { Attention, CausalConv1d, Conv1d, LayerNorm, Param } from '@unroll/rnn-core';
import type { Graph, Value } from './graph.ts';
import { ELEMENT_TYPES } from './schema.ts';

/** The rows of a table. @param ids int32 [...] @returns [..., E] */
export function embedding(g: Graph, table: Param, ids: Value): Value {
  return g.op('Gather', [g.parameter(table), ids]);
}

/** x·Wᵀ + b. @param x [..., I] @returns [..., O] */
export function linear(
  g: Graph,
  { weight, bias }: { readonly weight: Param; readonly bias?: Param | undefined },
  x: Value,
): Value {
  const product = g.op('MatMul', [x, g.op('Transpose', [g.parameter(weight)])]);
  return bias ? g.op('Add', [product, g.parameter(bias)]) : product;
}

/** Layer normalisation over the last axis. */
export function layerNorm(g: Graph, { weight, bias, eps }: LayerNorm, x: Value): Value {
  return g.op('LayerNormalization', [x, g.parameter(weight), g.parameter(bias)], {
    axis: -1,
    epsilon: { float: eps },
  });
}

/** x·factor */
export function scale(g: Graph, x: Value, factor: number): Value {
  return g.op('Mul', [x, g.constant('float32', [], [factor])]);
}

/** Concatenation along the last axis. */
export function concat(g: Graph, values: readonly Value[]): Value {
  return values.length === 1 ? (values[0] as Value) : g.op('Concat', values, { axis: -1 });
}

/**
 * Which steps are not padding.
 *
 * @param x       [T, ...]
 * @param lengths int32 [B]
 * @returns bool [T, B, 1]
 */
export function timeMask(g: Graph, x: Value, lengths: Value): Value {
  const T = g.op('Cast', [g.op('Squeeze', [g.op('Shape', [x], { start: 0, end: 1 })])], { to: ELEMENT_TYPES.int32 });
  const steps = g.op('Range', [g.constant('int32', [], [0]), T, g.constant('int32', [], [1])]);
  return g.op('Unsqueeze', [g.op('Less', [g.op('Unsqueeze', [steps, g.ints(1)]), lengths]), g.ints(2)]);
}

/** x where the mask is true, else `other`. @param mask broadcasts to x */
export function where(g: Graph, mask: Value, x: Value, other: number): Value {
  return g.op('Where', [mask, x, g.constant('float32', [], [other])]);
}

/** Softmax over time of the unpadded steps. @param x [T, ...] @param mask as {@link timeMask} returns it */
export function maskedSoftmax(g: Graph, x: Value, mask: Value): Value {
  return g.op('Softmax', [where(g, mask, x, LOWEST)], { axis: 0 });
}

/** The maximum over unpadded steps. @param x [T, B, N] @returns [B, N] */
export function maxOverTime(g: Graph, x: Value, mask: Value): Value {
  return g.op('ReduceMax', [where(g, mask, x, LOWEST)], { axes: [0], keepdims: 0 });
}

/** The mean over unpadded steps, 0 of none. @param x [T, B, N], zero in the padding @param lengths int32 [B] @returns [B, N] */
export function meanOverTime(g: Graph, x: Value, lengths: Value): Value {
  const counts = g.op('Cast', [lengths], { to: ELEMENT_TYPES.float32 });
  const atLeastOne = g.op('Max', [counts, g.constant('float32', [], [1])]);
  return g.op('Div', [sumOverTime(g, x), g.op('Unsqueeze', [atLeastOne, g.ints(1)])]);
}

/** @param x [T, ...] @returns [...] */
export function sumOverTime(g: Graph, x: Value): Value {
  return g.op('ReduceSum', [x, g.ints(0)], { keepdims: 0 });
}

/** Convolution over time. @param x [T, B, C] @param mask as {@link timeMask} returns it @returns [T', B, O] */
export function conv1d(g: Graph, { weight, bias, stride, padding }: Conv1d, x: Value, mask?: Value): Value {
  const masked = mask ? where(g, mask, x, 0) : x;
  const channels = g.op('Transpose', [masked], { perm: [1, 2, 0] });
  const y = g.op('Conv', [channels, g.parameter(weight), ...(bias ? [g.parameter(bias)] : [])], {
    strides: [stride],
    pads: [padding, padding],
  });
  return g.op('Transpose', [y], { perm: [2, 0, 1] });
}

/** The valid steps of each entry from the last to the first. @param x [T, B, N] @param lengths whole numbers [B] */
export const reversed = (g: Graph, x: Value, lengths: Value): Value =>
  g.op('ReverseSequence', [x, g.op('Cast', [lengths], { to: ELEMENT_TYPES.int64 })], { time_axis: 0, batch_axis: 1 });

/**
 * A causal convolution over time of each channel.
 *
 * @param x       [T, B, C]
 * @param state   [B, K-1, C], the inputs before the first
 * @param lengths int32 [B]
 * @returns y: [T, B, C]; state: [B, K-1, C], the last valid inputs
 */
export function causalConv1d(
  g: Graph,
  { weight, bias }: CausalConv1d,
  x: Value,
  { state, lengths }: { readonly state: Value; readonly lengths: Value },
): { y: Value; state: Value } {
  const [C = 0, , K = 0] = weight.shape;
  const padded = g.op('Concat', [g.op('Transpose', [state], { perm: [1, 0, 2] }), x], { axis: 0 });
  const channels = g.op('Transpose', [padded], { perm: [1, 2, 0] });
  const y = g.op('Conv', [channels, g.parameter(weight), g.parameter(bias)], { group: C });
  const steps = g.op('Add', [lengths, g.constant('int32', [], [K - 1])]);
  const fromLast = Array.from({ length: K - 1 }, (_, k) => K - 2 - k);
  const last = g.op('Gather', [reversed(g, padded, steps), g.ints(...fromLast)]);
  return {
    y: g.op('Transpose', [y], { perm: [2, 0, 1] }),
    state: g.op('Transpose', [last], { perm: [1, 0, 2] }),
  };
}

/** The memory of attention: keys [S, B, A or M], values [S, B, M], and a mask as {@link timeMask} returns it. */
export interface Memory {
  readonly keys: Value;
  readonly values: Value;
  readonly mask: Value;
}

/** The keys of a memory, projected once per source. @param memory [S, B, M] */
export function keysOf(g: Graph, { weightMemory }: Attention, memory: Value): Value {
  return weightMemory ? linear(g, { weight: weightMemory }, memory) : memory;
}

/**
 * Attention of one query of each batch entry.
 *
 * @param query [B, D]
 * @returns context: [B, M]; weights: [B, S]
 */
export function attention(
  g: Graph,
  { config, weightQuery, v }: Attention,
  query: Value,
  { keys, values, mask }: Memory,
): { context: Value; weights: Value } {
  const q = weightQuery ? linear(g, { weight: weightQuery }, query) : query;
  const scores = v
    ? vectorProduct(g, g.op('Tanh', [g.op('Add', [keys, q])]), v)
    : scale(
        g,
        g.op('ReduceSum', [g.op('Mul', [keys, q]), g.ints(-1)], { keepdims: 1 }),
        1 / Math.sqrt(config.memorySize),
      );
  const weights = maskedSoftmax(g, scores, mask); // [S, B, 1]
  const context = sumOverTime(g, g.op('Mul', [weights, values]));
  return { context, weights: g.op('Transpose', [g.op('Squeeze', [weights, g.ints(2)])]) };
}

/** x·v. @param x [..., N] @param v [N] @returns [..., 1] */
export function vectorProduct(g: Graph, x: Value, v: Param): Value {
  return g.op('MatMul', [x, g.op('Unsqueeze', [g.parameter(v), g.ints(1)])]);
}

const LOWEST = -3.4028234663852886e38; // of float32; exp of it is 0

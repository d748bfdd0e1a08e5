import type { Direction, Param, Sru } from '@unroll/rnn-core';
import type { Graph, Value } from './graph.ts';
import { concat, linear, reversed, timeMask, where } from './layers.ts';
import type { LayerState } from './recurrent-node.ts';
import { ELEMENT_TYPES } from './schema.ts';

/**
 * One layer of an SRU. Its cells are the states of ONNX's GRU whose only recurrent weights are a diagonal, w_f, and whose
 * candidate has the activation `Affine`, which leaves x̃ as it is; r and h follow for all steps at once.
 *
 *     c' = f∘c + (1-f)∘x̃          r = σ(x_r + w_r∘c + b_r)          h' = r∘c' + (1-r)∘x
 *
 * @param x [T, B, I]
 * @returns y: [T, B, D·H]; state: after the last valid step
 */
export function sru(
  g: Graph,
  layer: Sru,
  directions: readonly Direction[],
  x: Value,
  { lengths, state }: { readonly lengths?: Value | undefined; readonly state?: LayerState | undefined },
): { y: Value; state: LayerState } {
  const D = directions.length;
  const { hiddenSize: H } = layer.config;
  const sizes = sizesOf(g, x, H);
  const [h0, c0] = [state?.h, state?.c].map((value) => {
    if (!value) return directions.map(() => sizes.zeroState);
    return D === 1 ? [value] : g.ops('Split', [value], D, { axis: 0 });
  }) as [Value[], Value[]];
  const outputs = directions.map((direction, d) => {
    const steps = lengths ?? sizes.everyLength;
    const turned = (value: Value): Value => (d === 0 ? value : reversed(g, value, steps));
    const { y, h, c } = oneDirection(g, direction, turned(x), {
      H,
      T: sizes.T,
      lengths,
      h0: h0[d] as Value,
      c0: c0[d] as Value,
    });
    return { y: turned(y), h, c };
  });
  const joined = (key: 'h' | 'c'): Value =>
    D === 1
      ? (outputs[0] as (typeof outputs)[number])[key]
      : g.op(
          'Concat',
          outputs.map((output) => output[key]),
          { axis: 0 },
        );
  return {
    y: concat(
      g,
      outputs.map(({ y }) => y),
    ),
    state: { h: joined('h'), c: joined('c') },
  };
}

/** T, and what has the size of the batch: lengths of T, a zero state [1, B, H]. */
function sizesOf(g: Graph, x: Value, H: number) {
  const axis = (k: number): Value => g.op('Shape', [x], { start: k, end: k + 1 });
  const [T, B] = [axis(0), axis(1)];
  return {
    T,
    everyLength: g.op('Add', [g.op('Cast', [g.op('ConstantOfShape', [B])], { to: ELEMENT_TYPES.int64 }), T]),
    zeroState: g.op('ConstantOfShape', [g.op('Concat', [g.ints(1), B, g.ints(H)], { axis: 0 })]),
  };
}

interface OneDirection {
  readonly H: number;
  /** int64 [1] */
  readonly T: Value;
  readonly lengths: Value | undefined;
  readonly h0: Value; // [1, B, H]
  readonly c0: Value; // [1, B, H]
}

/** From the first step to the last. */
function oneDirection(
  g: Graph,
  { weightIh, weightHh, biasHh }: Direction,
  x: Value,
  { H, T, lengths, h0, c0 }: OneDirection,
): { y: Value; h: Value; c: Value } {
  const blocks = (weightIh.shape[0] as number) / H;
  const [candidate, xF, xR, highway = x] = g.ops('Split', [linear(g, { weight: weightIh }, x)], blocks, {
    axis: -1,
  }) as [Value, Value, Value, Value | undefined];
  const halves = (param: Param): [Value, Value] =>
    g.ops('Split', [g.parameter(param)], 2, { axis: 0 }) as [Value, Value];
  const [wF, wR] = halves(weightHh as Param);
  const biases = biasHh && halves(biasHh);
  const biased = (value: Value, k: number): Value => (biases ? g.op('Add', [value, biases[k]]) : value);

  const [square, wide] = [1, 2].map((k) => g.op('ConstantOfShape', [g.ints(H, k * H)])) as [Value, Value];
  const stacked = (...rows: Value[]): Value => g.op('Unsqueeze', [g.op('Concat', rows, { axis: 0 }), g.ints(0)]);
  const diagonal = g.op('Mul', [g.op('EyeLike', [square]), wF]);
  const [all, c] = g.ops(
    'GRU',
    [
      concat(g, [biased(xF, 0), candidate]),
      stacked(g.op('EyeLike', [wide]), wide, g.op('EyeLike', [wide], { k: H })),
      stacked(diagonal, square, square),
      undefined,
      lengths,
      c0,
    ],
    2,
    {
      hidden_size: H,
      linear_before_reset: 1,
      activations: ['Sigmoid', 'Affine'],
      activation_alpha: { floats: [1] },
      activation_beta: { floats: [0] },
    },
  ) as [Value, Value];

  const cells = g.op('Squeeze', [all, g.ints(1)]);
  const time = (to: Value): Value =>
    g.op('Range', [g.constant('int64', [], [0]), g.op('Squeeze', [to]), g.constant('int64', [], [1])]);
  const previous = g.op('Gather', [g.op('Concat', [c0, cells], { axis: 0 }), time(T)]);
  const r = g.op('Sigmoid', [biased(g.op('Add', [xR, g.op('Mul', [previous, wR])]), 1)]);
  const h = g.op('Add', [highway, g.op('Mul', [r, g.op('Sub', [cells, highway])])]);
  const states = g.op('Concat', [h0, h], { axis: 0 });
  if (!lengths) return { y: h, h: g.op('Gather', [states, T]), c };
  const times = g.op('Unsqueeze', [time(g.op('Add', [T, g.ints(1)])), g.ints(1)]);
  const isLast = g.op('Equal', [times, g.op('Cast', [lengths], { to: ELEMENT_TYPES.int64 })]);
  const last = where(g, g.op('Unsqueeze', [isLast, g.ints(2)]), states, 0);
  return {
    y: where(g, timeMask(g, x, lengths), h, 0),
    h: g.op('ReduceSum', [last, g.ints(0)], { keepdims: 1 }),
    c,
  };
}

import { type Direction, MinGru, type MinLstm, type Param } from '@unroll/rnn-core';
import type { Graph, Value } from './graph.ts';
import { concat, linear } from './layers.ts';
import type { RecurrentNode } from './recurrent-node.ts';
import { stacked } from './stacked-weights.ts';

/**
 * minGRU or minLSTM as ONNX's GRU without recurrent weights, whose reset gate then has no effect:
 *
 *     h' = (1 - σ(a))∘n + σ(a)∘h, where [a, _, n] = x·Wᵀ + b          `Affine` leaves n as it is
 *
 * minGRU has a = -z, its update gate before the logistic. minLSTM forgets by σ(f) / (σ(f) + σ(i)) = σ(a) with
 * a = log σ(f) - log σ(i) = softplus(-i) - softplus(-f).
 *
 * @param x [T, B, I]
 */
export function linearRecurrence(
  g: Graph,
  layer: MinGru | MinLstm,
  directions: readonly Direction[],
  x: Value,
): RecurrentNode {
  const { hiddenSize: H } = layer.config;
  const D = directions.length;
  return {
    op: 'GRU',
    R: g.op('ConstantOfShape', [g.ints(D, 3 * H, H)]),
    attributes: {
      linear_before_reset: 1,
      activations: directions.flatMap(() => ['Sigmoid', 'Affine']),
      activation_alpha: { floats: directions.map(() => 1) },
      activation_beta: { floats: directions.map(() => 0) },
    },
    ...(layer instanceof MinGru ? minGruInput(g, directions, H, x) : minLstmInput(g, directions, H, x)),
  };
}

type InputPart = Pick<RecurrentNode, 'X' | 'W' | 'B'>;

function minGruInput(g: Graph, directions: readonly Direction[], H: number, x: Value): InputPart {
  const { weightIh, biasIh } = directions[0] as Direction;
  const [, I = 0] = weightIh.shape;
  const noHiddenBias = new Float32Array(3 * H);
  return {
    X: x,
    W: stacked(g, weightIh.storage.name, [3 * H, I], directions, ({ weightIh }) => blocks(weightIh)),
    B:
      biasIh &&
      stacked(g, biasIh.storage.name.replace('bias_ih', 'bias'), [6 * H], directions, ({ biasIh }) => [
        ...blocks(biasIh as Param),
        noHiddenBias,
      ]),
  };
}

/** Of rows z n of a weight or bias: -z, zeros and n. */
function blocks(param: Param): ArrayLike<number>[] {
  const values = param.view();
  const half = values.length / 2;
  return [values.subarray(0, half).map((z) => -z), new Float32Array(half), values.subarray(half)];
}

/** The gates come from products before the GRU; X is [a, n] of each direction, and W selects that direction's. */
function minLstmInput(g: Graph, directions: readonly Direction[], H: number, x: Value): InputPart {
  const softplusOfMinus = (gate: Value): Value => g.op('Softplus', [g.op('Neg', [gate])]);
  const X = directions.flatMap(({ weightIh, biasIh }) => {
    const gates = linear(g, { weight: weightIh, bias: biasIh }, x);
    const [f, i, n] = g.ops('Split', [gates], 3, { axis: -1 }) as [Value, Value, Value];
    return [g.op('Sub', [softplusOfMinus(i), softplusOfMinus(f)]), n];
  });
  const zeros = g.op('ConstantOfShape', [g.ints(H, X.length * H)]);
  const selection = X.map((_, k) => g.op('EyeLike', [zeros], { k: k * H }));
  const W = directions.map((_, d) => {
    const [a, n] = selection.slice(2 * d) as [Value, Value];
    return g.op('Unsqueeze', [g.op('Concat', [a, zeros, n], { axis: 0 }), g.ints(0)]);
  });
  return { X: concat(g, X), W: W.length === 1 ? (W[0] as Value) : g.op('Concat', W, { axis: 0 }), B: undefined };
}

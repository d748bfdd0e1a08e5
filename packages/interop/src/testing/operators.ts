import { array, at, broadcast, generate, type NumberArray } from './number-array.ts';
import { recurrentOperator } from './recurrent-operators.ts';

export interface Attributes {
  readonly [name: string]: number | string | readonly number[] | readonly string[] | undefined;
}
type Inputs = readonly (NumberArray | undefined)[];
type Operator = (inputs: Inputs, attributes: Attributes, outputs: number) => NumberArray[];

const elementwise =
  (f: (...values: number[]) => number) =>
  (inputs: Inputs): NumberArray[] => {
    const arrays = inputs as readonly NumberArray[];
    return [generate(broadcast(arrays.map(({ shape }) => shape)), (index) => f(...arrays.map((x) => at(x, index))))];
  };

/** An operator with one required input, `x`. */
const unary =
  (f: (x: NumberArray, inputs: Inputs, attributes: Attributes) => NumberArray): Operator =>
  (inputs, attributes) => [f(inputs[0] as NumberArray, inputs, attributes)];

const recurrent =
  (op: string): Operator =>
  (inputs, attributes) =>
    recurrentOperator(op, inputs, attributes);

/** The operators of opset 17 that exported models use, written for clarity. Source: https://onnx.ai/onnx/operators. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  Add: elementwise((x = 0, y = 0) => x + y),
  Sub: elementwise((x = 0, y = 0) => x - y),
  Mul: elementwise((x = 0, y = 0) => x * y),
  Div: elementwise((x = 0, y = 0) => x / y),
  Max: elementwise((x = 0, y = 0) => Math.max(x, y)),
  Less: elementwise((x = 0, y = 0) => Number(x < y)),
  Equal: elementwise((x = 0, y = 0) => Number(x === y)),
  Neg: elementwise((x = 0) => -x),
  Tanh: elementwise((x = 0) => Math.tanh(x)),
  Sigmoid: elementwise((x = 0) => 1 / (1 + Math.exp(-x))),
  Relu: elementwise((x = 0) => Math.max(x, 0)),
  Softplus: elementwise((x = 0) => Math.log1p(Math.exp(x))),
  Where: elementwise((condition, x = 0, y = 0) => (condition ? x : y)),
  Identity: unary((x) => x),
  Cast: unary((x) => x),
  RNN: recurrent('RNN'),
  GRU: recurrent('GRU'),
  LSTM: recurrent('LSTM'),
  Range: ([start, limit, delta]) => {
    const [from = 0, to = 0, by = 1] = [start, limit, delta].map((x) => x?.data[0]);
    return [generate([Math.max(Math.ceil((to - from) / by), 0)], ([k = 0]) => from + k * by)];
  },
  ConstantOfShape: unary(({ data }) => array([...data])),
  EyeLike: unary(({ shape }, _, { k = 0 }) =>
    generate(shape, ([row = 0, column = 0]) => Number(column === row + Number(k))),
  ),
  Shape: unary(({ shape }, _, { start, end }) => {
    const axes = shape.slice(start as number | undefined, end as number | undefined);
    return array([axes.length], axes);
  }),
  Gather: unary((table, [, ids]) => {
    const { shape } = ids as NumberArray;
    return generate([...shape, ...table.shape.slice(1)], (index) =>
      at(table, [at(ids as NumberArray, index.slice(0, shape.length)), ...index.slice(shape.length)]),
    );
  }),
  ReverseSequence: unary((x, [, lengths], { time_axis, batch_axis }) => {
    if (time_axis !== 0 || batch_axis !== 1) throw new Error('ReverseSequence: axes must be 0 and 1');
    return generate(x.shape, ([t = 0, b = 0, ...rest]) => {
      const length = lengths?.data[b] as number;
      return at(x, [t < length ? length - 1 - t : t, b, ...rest]);
    });
  }),
  MatMul: unary((x, [, y]) => {
    const { shape } = y as NumberArray;
    if (shape.length !== 2 || x.shape.at(-1) !== shape[0])
      throw new Error(`MatMul: [${String(x.shape)}] · [${String(shape)}]`);
    return generate([...x.shape.slice(0, -1), shape[1] as number], (index) => {
      let sum = 0;
      for (let k = 0; k < (shape[0] as number); k++)
        sum += at(x, [...index.slice(0, -1), k]) * at(y as NumberArray, [k, index.at(-1) as number]);
      return sum;
    });
  }),
  Transpose: unary((x, _, { perm = [...x.shape.keys()].toReversed() }) => {
    const axes = perm as readonly number[];
    return generate(
      axes.map((axis) => x.shape[axis] as number),
      (index) =>
        at(
          x,
          axes.map((_, axis) => index[axes.indexOf(axis)] as number),
        ),
    );
  }),
  Reshape: unary((x, [, shape]) => {
    const axes = Array.from((shape as NumberArray).data, (n, axis) => (n === 0 ? (x.shape[axis] as number) : n));
    return array(axes, x.data);
  }),
  Squeeze: unary((x, [, axes]) => {
    const dropped = axes ? positive(axes.data, x.shape.length) : [...x.shape.keys()].filter((k) => x.shape[k] === 1);
    if (dropped.some((axis) => x.shape[axis] !== 1))
      throw new Error(`Squeeze: [${String(x.shape)}] axes [${String(dropped)}]`);
    return array(
      x.shape.filter((_, axis) => !dropped.includes(axis)),
      x.data,
    );
  }),
  Unsqueeze: unary((x, [, axes]) => {
    const shape = [...x.shape];
    const added = positive((axes as NumberArray).data, shape.length + 1);
    for (const axis of added) shape.splice(axis, 0, 1);
    return array(shape, x.data);
  }),
  Concat: (inputs, { axis }) => {
    const arrays = inputs as readonly NumberArray[];
    const [first] = arrays as [NumberArray];
    const [along = 0] = positive([axis as number], first.shape.length);
    let from = 0;
    const parts = arrays.map((x) => ({ x, from, to: (from += x.shape[along] as number) }));
    return [
      generate(first.shape.with(along, from), (index) => {
        const k = index[along] as number;
        const part = parts.find(({ to }) => k < to) as (typeof parts)[number];
        return at(part.x, index.with(along, k - part.from));
      }),
    ];
  },
  Split: ([x, split], { axis = 0 }, outputs) => {
    const { shape } = x as NumberArray;
    const [along = 0] = positive([axis as number], shape.length);
    const sizes = split ? [...split.data] : new Array<number>(outputs).fill((shape[along] as number) / outputs);
    let from = 0;
    return sizes.map((size) => {
      const begin = from;
      from += size;
      return generate(shape.with(along, size), (index) =>
        at(x as NumberArray, index.with(along, (index[along] as number) + begin)),
      );
    });
  },
  ReduceSum: unary((x, [, axes], { keepdims }) =>
    reduced(x, (axes as NumberArray).data, keepdims, (values) => values.reduce((sum, value) => sum + value, 0)),
  ),
  ReduceMax: unary((x, _, { axes, keepdims }) =>
    reduced(x, axes as readonly number[], keepdims, (values) => Math.max(...values)),
  ),
  Softmax: unary((x, _, { axis = -1 }) => {
    const axes = [axis as number];
    const highest = reduced(x, axes, 1, (values) => Math.max(...values));
    const powers = generate(x.shape, (index) => Math.exp(at(x, index) - at(highest, index)));
    const sums = reduced(powers, axes, 1, (values) => values.reduce((sum, value) => sum + value, 0));
    return generate(x.shape, (index) => at(powers, index) / at(sums, index));
  }),
  LayerNormalization: unary((x, [, weight, bias], { epsilon }) => {
    const means = reduced(x, [-1], 1, meanOf);
    const variances = reduced(
      generate(x.shape, (index) => (at(x, index) - at(means, index)) ** 2),
      [-1],
      1,
      meanOf,
    );
    return generate(x.shape, (index) => {
      const normalized = (at(x, index) - at(means, index)) / Math.sqrt(at(variances, index) + (epsilon as number));
      return normalized * at(weight as NumberArray, index) + at(bias as NumberArray, index);
    });
  }),
  Conv: unary((x, [, weight, bias], { strides = [1], pads = [0, 0], group = 1 }) => {
    const [B = 0, , T = 0] = x.shape;
    const [O = 0, C = 0, K = 0] = (weight as NumberArray).shape; // C: the channels of a group
    const [stride = 1] = strides as readonly number[];
    const [before = 0, after = 0] = pads as readonly number[];
    const firstOf = (o: number): number => Math.floor((o * Number(group)) / O) * C;
    return generate([B, O, Math.floor((T + before + after - K) / stride) + 1], ([b = 0, o = 0, t = 0]) => {
      let sum = bias ? at(bias, [o]) : 0;
      for (let k = 0; k < K; k++) {
        const from = t * stride + k - before;
        if (from < 0 || from >= T) continue;
        for (let c = 0; c < C; c++) sum += at(weight as NumberArray, [o, c, k]) * at(x, [b, firstOf(o) + c, from]);
      }
      return sum;
    });
  }),
};

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Axes counted from the front, in ascending order. */
const positive = (axes: ArrayLike<number>, rank: number): number[] =>
  Array.from(axes, (axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);

/** Reduces some axes by `f`; they stay with length 1, or are dropped with `keepdims` 0. */
function reduced(
  x: NumberArray,
  axes: ArrayLike<number>,
  keepdims: unknown,
  f: (values: readonly number[]) => number,
): NumberArray {
  const over = positive(axes, x.shape.length);
  const kept = x.shape.map((n, axis) => (over.includes(axis) ? 1 : n));
  const y = generate(kept, (index) => {
    const inner = generate(
      over.map((axis) => x.shape[axis] as number),
      (at_) =>
        at(
          x,
          index.map((i, axis) => (over.includes(axis) ? (at_[over.indexOf(axis)] as number) : i)),
        ),
    );
    return f([...inner.data]);
  });
  return keepdims === 0
    ? array(
        kept.filter((_, axis) => !over.includes(axis)),
        y.data,
      )
    : y;
}

import { Tape } from '../tensor/tape.ts';
import { type Ids, sizeOf, type Tensor } from '../tensor/tensor.ts';
import { scale } from './elementwise.ts';
import { axisOf, stridesOf } from './shape.ts';
import { copyStrided, sumInto } from './strided.ts';

/** What becomes of the losses of single positions: their mean, their sum, or the tensor of them. */
export type Reduction = 'mean' | 'sum' | 'none';

/** Of an op that reduces axes, such as {@link sum}. */
export interface ReduceOptions {
  /** The axis or axes that are reduced, negative ones counted from the end; all by default. */
  readonly dim?: number | readonly number[] | undefined;
  /** Whether they stay as axes of length 1; default false. */
  readonly keepdim?: boolean | undefined;
}

/**
 * The sum over some axes. Source: torch.sum.
 * @throws ShapeError when there is no such axis
 */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  return summed('sum', x, options);
}

/**
 * The mean over some axes. Source: torch.mean.
 * @throws ShapeError when there is no such axis
 */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const total = summed('mean', x, options);
  return scale(total, total.size / x.size);
}

function summed(name: 'sum' | 'mean', x: Tensor, options: ReduceOptions): Tensor {
  const { isReduced, shape } = reducedAxes(name, x, options);
  const tape = Tape.current;
  const y = tape.result(name, shape, [x]);
  sumInto(y.ptr, x.ptr, x.shape, isReduced, 0);
  tape.record([y], (back) => {
    const dy = back.of(y);
    const strides = stridesOf(x.shape.map((length, axis) => (isReduced[axis] ? 1 : length)));
    const repeated = strides.map((stride, axis) => (isReduced[axis] ? 0 : stride));
    back.into(x, (dx, beta) => copyStrided(dx, dy, x.shape, repeated, beta));
  });
  return y;
}

/** The losses of single positions as a loss. */
export function reduce(losses: Tensor, reduction: Reduction): Tensor {
  if (reduction === 'none') return losses;
  return reduction === 'mean' ? mean(losses) : sum(losses);
}

/**
 * The index of the largest element, of the first one among equals; NaN counts as the largest. Source: torch.argmax.
 *
 * @param options.dim the axis that is searched; all elements, row-major, by default
 * @throws ShapeError when there is no such axis
 */
export function argmax(x: Tensor, options: { dim?: number; keepdim?: boolean } = {}): Ids {
  const { isReduced, shape } = reducedAxes('argmax', x, options);
  const axis = isReduced.length === x.shape.length && options.dim !== undefined ? isReduced.indexOf(true) : -1;
  const length = axis < 0 ? x.size : (x.shape[axis] as number);
  const inner = axis < 0 ? 1 : sizeOf(x.shape.slice(axis + 1));
  const values = x.view();
  const found = Int32Array.from({ length: sizeOf(shape) }, (_, k) => {
    const from = Math.floor(k / inner) * length * inner + (k % inner);
    let [best, largest] = [0, -Infinity];
    for (let i = 0; i < length && !Number.isNaN(largest); i++) {
      const value = values[from + i * inner] as number;
      if (value > largest || Number.isNaN(value)) [best, largest] = [i, value];
    }
    return best;
  });
  return Tape.current.ids(found, shape);
}

/** Which axes are reduced, and the shape that is left. */
function reducedAxes(where: string, x: Tensor, { dim, keepdim = false }: ReduceOptions) {
  const dims = dim === undefined ? [...x.shape.keys()] : [dim].flat().map((each) => axisOf(where, x, each));
  const isReduced = x.shape.map((_, axis) => dims.includes(axis));
  const shape = keepdim
    ? x.shape.map((length, axis) => (isReduced[axis] ? 1 : length))
    : x.shape.filter((_, axis) => !isReduced[axis]);
  return { isReduced, shape };
}

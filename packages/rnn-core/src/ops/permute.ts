import { ShapeError } from '../errors.ts';
import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { axisOf, broadcastShape, stridesOf } from './shape.ts';
import { copyStrided, sumInto } from './strided.ts';

/**
 * The axes of x in another order: y.shape[k] = x.shape[dims[k]]. Source: torch.permute.
 * @throws ShapeError when `dims` does not name every axis once
 */
export function permute(x: Tensor, dims: readonly number[]): Tensor {
  const order = dims.map((dim) => axisOf('permute', x, dim));
  if (order.length !== x.shape.length || new Set(order).size !== order.length)
    throw new ShapeError(
      `permute: dims must name every axis of [${x.shape.join(', ')}] once, got [${dims.join(', ')}]`,
    );
  const inOrder = (values: readonly number[]): number[] => order.map((axis) => values[axis] as number);
  const tape = Tape.current;
  const y = tape.result('permute', inOrder(x.shape), [x]);
  copyStrided(y.ptr, x.ptr, y.shape, inOrder(stridesOf(x.shape)), 0);
  tape.record([y], (back) => {
    const dy = back.of(y);
    const strides = stridesOf(y.shape);
    const returned = x.shape.map((_, axis) => strides[order.indexOf(axis)] as number);
    back.into(x, (dx, beta) => copyStrided(dx, dy, x.shape, returned, beta));
  });
  return y;
}

/** x with two axes exchanged. Source: torch.transpose. */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  const [a, b] = [axisOf('transpose', x, dim0), axisOf('transpose', x, dim1)];
  const dims = [...x.shape.keys()];
  [dims[a], dims[b]] = [b, a];
  return permute(x, dims);
}

/**
 * x repeated along axes of length 1, and along new ones in front. Source: torch.Tensor.expand, but for the copy.
 * @returns x itself where it has the shape
 * @throws ShapeError when x does not broadcast to the shape
 */
export function expand(x: Tensor, shape: readonly number[]): Tensor {
  if (x.shape.join() === shape.join()) return x;
  if (broadcastShape('expand', x.shape, shape).join() !== shape.join())
    throw new ShapeError(`expand: x must broadcast to [${shape.join(', ')}], got [${x.shape.join(', ')}]`);
  const missing = shape.length - x.shape.length;
  const isRepeated = shape.map((length, k) => k < missing || x.shape[k - missing] !== length);
  const strides = stridesOf(x.shape);
  const tape = Tape.current;
  const y = tape.result('expand', shape, [x]);
  const from = shape.map((_, k) => (isRepeated[k] ? 0 : (strides[k - missing] as number)));
  copyStrided(y.ptr, x.ptr, shape, from, 0);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(x, (dx, beta) => sumInto(dx, dy, shape, isRepeated, beta));
  });
  return y;
}

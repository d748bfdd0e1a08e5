import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { broadcastPeriod } from './shape.ts';

/**
 * a + b, where b repeats over the leading axes of a.
 *
 * @param b the last axes of a, or fewer
 * @throws ShapeError when b's axes are not the last of a's
 */
export function add(a: Tensor, b: Tensor): Tensor {
  const period = broadcastPeriod('add: b', a, b);
  const tape = Tape.current;
  const k = tape.kernels;
  const y = tape.result('add', a.shape, [a, b]);
  k.add(y.ptr, a.ptr, b.ptr, a.size, period);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(a, (da, beta) => k.scale(da, dy, 1, a.size, beta));
    back.into(b, (db, beta) => k.sumRows(db, dy, period, a.size / period, period, beta));
  });
  return y;
}

/**
 * a ∘ b, element by element, where b repeats over the leading axes of a.
 *
 * @param b the last axes of a, or fewer
 * @throws ShapeError when b's axes are not the last of a's
 */
export function mul(a: Tensor, b: Tensor): Tensor {
  const period = broadcastPeriod('mul: b', a, b);
  const tape = Tape.current;
  const k = tape.kernels;
  const y = tape.result('mul', a.shape, [a, b]);
  k.mul(y.ptr, a.ptr, b.ptr, a.size, period, 0);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(a, (da, beta) => k.mul(da, dy, b.ptr, a.size, period, beta));
    back.into(b, (db, beta) => k.sumRowsOfProduct(db, dy, a.ptr, a.size / period, period, beta));
  });
  return y;
}

/** alpha·x. */
export function scale(x: Tensor, alpha: number): Tensor {
  const tape = Tape.current;
  const k = tape.kernels;
  const y = tape.result('scale', x.shape, [x]);
  k.scale(y.ptr, x.ptr, alpha, x.size, 0);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(x, (dx, beta) => k.scale(dx, dy, alpha, x.size, beta));
  });
  return y;
}

/** A function of one number whose slope follows from its value. */
const activation =
  (name: 'tanh' | 'sigmoid' | 'relu') =>
  (x: Tensor): Tensor => {
    const tape = Tape.current;
    const k = tape.kernels;
    const y = tape.result(name, x.shape, [x]);
    k[`${name}Forward`](y.ptr, x.ptr, x.size);
    tape.record([y], (back) => {
      const dy = back.of(y);
      back.into(x, (dx, beta) => k[`${name}Backward`](dx, dy, y.ptr, x.size, beta));
    });
    return y;
  };

/** tanh x, element by element. */
export const tanh = activation('tanh');

/** The logistic function 1/(1 + e^-x), element by element. */
export const sigmoid = activation('sigmoid');

/** max(x, 0), element by element; the slope at 0 is 0. */
export const relu = activation('relu');

import { Tape } from '../tensor/tape.ts';
import { axes, type Tensor } from '../tensor/tensor.ts';
import { lastAxis } from './shape.ts';

/**
 * y = x·Wᵀ + b over the last axis. Source: torch.nn.functional.linear.
 *
 * @param x      [..., I]
 * @param weight [O, I]
 * @param bias   [O]
 * @returns [..., O]
 * @throws ShapeError when the axes do not fit
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const { O, I } = axes('linear: weight', weight, 'O I');
  const { rows, outer } = lastAxis('linear: x', x, I);
  if (bias) axes('linear: bias', bias, 'O', { O });
  const tape = Tape.current;
  const k = tape.kernels;
  const y = tape.result('linear', [...outer, O], [x, weight, bias]);
  k.gemm(y.ptr, O, x.ptr, I, weight.ptr, I, bias?.ptr ?? 0, rows, O, I, 0, 1, 0);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(x, (dx, beta) => k.gemm(dx, I, dy, O, weight.ptr, I, 0, rows, I, O, 0, 0, beta));
    back.into(weight, (dw, beta) => k.gemm(dw, I, dy, O, x.ptr, I, 0, O, I, rows, 1, 0, beta));
    back.into(bias, (db, beta) => k.sumRows(db, dy, O, rows, O, beta));
  });
  return y;
}

/**
 * The matrix product over the last axis of `a`. Source: torch.matmul with a matrix on the right.
 *
 * @param a [..., K]
 * @param b [K, N]
 * @returns [..., N]
 * @throws ShapeError when the axes do not fit
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const { K, N } = axes('matmul: b', b, 'K N');
  const { rows, outer } = lastAxis('matmul: a', a, K);
  const tape = Tape.current;
  const k = tape.kernels;
  const y = tape.result('matmul', [...outer, N], [a, b]);
  k.gemm(y.ptr, N, a.ptr, K, b.ptr, N, 0, rows, N, K, 0, 0, 0);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(a, (da, beta) => k.gemm(da, K, dy, N, b.ptr, N, 0, rows, K, N, 0, 1, beta));
    back.into(b, (db, beta) => k.gemm(db, N, a.ptr, K, dy, N, 0, K, N, rows, 1, 0, beta));
  });
  return y;
}

import { Tape } from '../tensor/tape.ts';
import { axes, sizeOf, type Tensor } from '../tensor/tensor.ts';
import { expand } from './permute.ts';
import { broadcastShape, lastAxis } from './shape.ts';

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
 * The matrix product. Source: torch.matmul.
 *
 * @param a [..., M, K], or [K]
 * @param b [K, N], [..., K, N] whose axes in front broadcast with those of a, or [K]
 * @returns [..., M, N]; without N where b is [K], without M where a is [K]
 * @throws ShapeError when the axes do not fit
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  if (b.shape.length > 2) return batchedMatmul(a, b);
  if (b.shape.length === 1) {
    const y = matmul(a, b.reshape(b.size, 1));
    return y.reshape(...y.shape.slice(0, -1));
  }
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

/** The product of every matrix of a: [..., M, K] with its own of b: [..., K, N]. */
function batchedMatmul(left: Tensor, right: Tensor): Tensor {
  const [M = 1, K = 0] = left.shape.slice(-2);
  const { N } = axes('matmul: the last axes of b', { shape: right.shape.slice(-2) }, 'K N', { K });
  const batch = broadcastShape('matmul', left.shape.slice(0, -2), right.shape.slice(0, -2));
  const a = expand(left, [...batch, M, K]);
  const b = expand(right, [...batch, K, N]);
  const tape = Tape.current;
  const k = tape.kernels;
  const { realBytes } = tape.backend.heap;
  /** Calls with the offsets of every matrix of y, a and b. */
  const each = (product: (y: number, a: number, b: number) => void): void => {
    for (let m = 0; m < sizeOf(batch); m++)
      product(m * M * N * realBytes, m * M * K * realBytes, m * K * N * realBytes);
  };
  const y = tape.result('matmul', [...batch, M, N], [a, b]);
  each((m, i, j) => k.gemm(y.ptr + m, N, a.ptr + i, K, b.ptr + j, N, 0, M, N, K, 0, 0, 0));
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(a, (da, beta) => each((m, i, j) => k.gemm(da + i, K, dy + m, N, b.ptr + j, N, 0, M, K, N, 0, 1, beta)));
    back.into(b, (db, beta) => each((m, i, j) => k.gemm(db + j, N, a.ptr + i, K, dy + m, N, 0, K, N, M, 1, 0, beta)));
  });
  return y;
}

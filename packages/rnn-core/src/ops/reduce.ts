import { Tape } from '../tensor/tape.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';
import { lastAxis } from './shape.ts';

/** The sum of all elements: []. */
export function sum(x: Tensor): Tensor {
  return sumOver('sum', x, [], 1, x.size);
}

/** The mean of all elements: []. */
export function mean(x: Tensor): Tensor {
  const tape = Tape.current;
  const k = tape.kernels;
  const total = sum(x);
  const y = tape.result('mean', [], [x]);
  k.scale(y.ptr, total.ptr, 1 / x.size, 1, 0);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(total, (dx, beta) => k.scale(dx, dy, 1 / x.size, 1, beta));
  });
  return y;
}

/**
 * The sum over the last axis.
 *
 * @param x [..., N]
 * @returns [...]
 */
export function sumLast(x: Tensor): Tensor {
  const { outer, rows, cols } = lastAxis('sumLast: x', x);
  return sumOver('sumLast', x, outer, rows, cols);
}

/**
 * The sum over the first axis.
 *
 * @param x [N, ...]
 * @returns [...]
 */
export function sumFirst(x: Tensor): Tensor {
  const [rows = 1, ...rest] = x.shape;
  const cols = sizeOf(rest);
  const tape = Tape.current;
  const k = tape.kernels;
  const y = tape.result('sumFirst', rest, [x]);
  k.sumRows(y.ptr, x.ptr, cols, rows, cols, 0);
  tape.record([y], (back) => {
    const dy = back.of(y);
    // Each row of x receives dy: rows copies of it, the leading dimension of the source being 0.
    back.into(x, (dx, beta) => k.copyRows(dx, cols, dy, 0, rows, cols, beta));
  });
  return y;
}

function sumOver(op: string, x: Tensor, shape: readonly number[], rows: number, cols: number): Tensor {
  const tape = Tape.current;
  const k = tape.kernels;
  const y = tape.result(op, shape, [x]);
  k.sumColumns(y.ptr, x.ptr, rows, cols, 0);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(x, (dx, beta) => k.repeatColumns(dx, dy, rows, cols, beta));
  });
  return y;
}

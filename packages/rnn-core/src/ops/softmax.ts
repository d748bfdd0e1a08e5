import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { lastAxis } from './shape.ts';

/** Softmax over the last axis. */
export function softmax(x: Tensor): Tensor {
  const { rows, cols } = lastAxis('softmax: x', x);
  const tape = Tape.current;
  const k = tape.kernels;
  const y = tape.result('softmax', x.shape, [x]);
  k.softmaxForward(y.ptr, x.ptr, rows, cols);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(x, (dx, beta) => k.softmaxBackward(dx, dy, y.ptr, rows, cols, beta));
  });
  return y;
}

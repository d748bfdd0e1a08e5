import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { transpose } from './permute.ts';
import { axisOf, lastAxis } from './shape.ts';

/** e^x / Σ e^x over one axis. Source: torch.nn.functional.softmax. */
export const softmax = alongAxis('softmax');

/** x - ln Σ e^x over one axis. Source: torch.nn.functional.log_softmax. */
export const logSoftmax = alongAxis('logSoftmax');

function alongAxis(name: 'softmax' | 'logSoftmax'): (x: Tensor, dim?: number) => Tensor {
  return (x, dim = -1) => {
    const axis = axisOf(name, x, dim);
    if (axis === x.shape.length - 1) return alongLast(x);
    return transpose(alongLast(transpose(x, axis, -1)), axis, -1);
  };

  function alongLast(x: Tensor): Tensor {
    const { rows, cols } = lastAxis(`${name}: x`, x);
    const tape = Tape.current;
    const k = tape.kernels;
    const y = tape.result(name, x.shape, [x]);
    k[`${name}Forward`](y.ptr, x.ptr, rows, cols);
    tape.record([y], (back) => {
      const dy = back.of(y);
      back.into(x, (dx, beta) => k[`${name}Backward`](dx, dy, y.ptr, rows, cols, beta));
    });
    return y;
  }
}

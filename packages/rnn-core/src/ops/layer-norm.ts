import { Tape } from '../tensor/tape.ts';
import { axes, type Tensor } from '../tensor/tensor.ts';
import { lastAxis } from './shape.ts';

export const LAYER_NORM_EPSILON = 1e-5; // torch's

/**
 * gamma∘(x - μ)/√(σ² + ε) + shift, with mean and variance over the last axis.
 * Source: Ba, Kiros, Hinton 2016; torch.nn.functional.layer_norm.
 *
 * @param x     [..., N]
 * @param gamma [N]
 * @param shift [N]
 * @throws ShapeError when the axes do not fit
 */
export function layerNorm(x: Tensor, gamma: Tensor, shift: Tensor, epsilon = LAYER_NORM_EPSILON): Tensor {
  const { rows, cols } = lastAxis('layerNorm: x', x);
  axes('layerNorm: gamma', gamma, 'N', { N: cols });
  axes('layerNorm: shift', shift, 'N', { N: cols });
  const tape = Tape.current;
  const k = tape.kernels;
  const y = tape.result('layerNorm', x.shape, [x, gamma, shift]);
  const mean = tape.tensor('layerNorm', [rows]);
  const rstd = tape.tensor('layerNorm', [rows]);
  k.layerNormForward(y.ptr, mean.ptr, rstd.ptr, x.ptr, gamma.ptr, shift.ptr, rows, cols, epsilon);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(x, (dx, beta) => k.layerNormBackward(dx, dy, x.ptr, mean.ptr, rstd.ptr, gamma.ptr, rows, cols, beta));
    back.into(gamma, (dg, beta) => k.layerNormBackwardGamma(dg, dy, x.ptr, mean.ptr, rstd.ptr, rows, cols, beta));
    back.into(shift, (ds, beta) => k.sumRows(ds, dy, cols, rows, cols, beta));
  });
  return y;
}

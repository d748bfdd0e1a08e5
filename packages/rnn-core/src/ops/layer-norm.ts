import { Tape } from '../tensor/tape.ts';
import { axes, type Tensor } from '../tensor/tensor.ts';
import { lastAxis } from './shape.ts';

/**
 * weight∘(x - μ)/√(σ² + eps) + bias, with mean and variance over the last axis.
 * Source: Ba, Kiros, Hinton 2016; torch.nn.functional.layer_norm.
 *
 * @param x      [..., N]
 * @param weight [N]
 * @param bias   [N]
 * @param eps    added to the variance; 1e-5 as in torch by default
 * @throws ShapeError when the axes do not fit
 */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, eps = 1e-5): Tensor {
  const { rows, cols } = lastAxis('layerNorm: x', x);
  axes('layerNorm: weight', weight, 'N', { N: cols });
  axes('layerNorm: bias', bias, 'N', { N: cols });
  const tape = Tape.current;
  const k = tape.kernels;
  const y = tape.result('layerNorm', x.shape, [x, weight, bias]);
  const mean = tape.tensor('layerNorm', [rows]);
  const rstd = tape.tensor('layerNorm', [rows]);
  k.layerNormForward(y.ptr, mean.ptr, rstd.ptr, x.ptr, weight.ptr, bias.ptr, rows, cols, eps);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(x, (dx, beta) => k.layerNormBackward(dx, dy, x.ptr, mean.ptr, rstd.ptr, weight.ptr, rows, cols, beta));
    back.into(weight, (dw, beta) => k.layerNormBackwardWeight(dw, dy, x.ptr, mean.ptr, rstd.ptr, rows, cols, beta));
    back.into(bias, (db, beta) => k.sumRows(db, dy, cols, rows, cols, beta));
  });
  return y;
}

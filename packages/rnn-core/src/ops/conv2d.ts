import { ConfigError } from '../errors.ts';
import { Tape } from '../tensor/tape.ts';
import { axes, type Tensor } from '../tensor/tensor.ts';
import { linear } from './linear.ts';

/** Of {@link conv2d}. */
export interface Conv2dOptions {
  /** Default: 1. */
  readonly stride?: number;
  /** Zeros added on each of the four sides. Default: 0. */
  readonly padding?: number;
}

/**
 * Convolution over images. Source: torch.nn.functional.conv2d, height and width first.
 *
 *     y[i, j, b, o] = bias[o] + Σ_c Σ_k Σ_l weight[o, c, k, l]·x[i·stride + k - padding, j·stride + l - padding, b, c]
 *
 * The windows are unfolded along the height and then along the width, both with the kernel of {@link conv1d}: with B and C
 * last, a column of pixels is a batch, and a row of the result is a sequence.
 *
 * @param x      [H, W, B, C]
 * @param weight [O, C, K, L]
 * @param bias   [O]
 * @returns [(H + 2·padding - K) / stride + 1, (W + 2·padding - L) / stride + 1, B, O]
 * @throws ConfigError when stride or padding makes no sense, or the kernel is larger than the padded image
 */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  { stride = 1, padding = 0 }: Conv2dOptions = {},
): Tensor {
  const { H, W, B, C } = axes('conv2d: x', x, 'H W B C');
  const { O, K, L } = axes('conv2d: weight', weight, 'O C K L', { C });
  if (!(Number.isInteger(stride) && stride >= 1))
    throw new ConfigError(`conv2d: stride must be at least 1, got ${stride}`);
  if (!(Number.isInteger(padding) && padding >= 0))
    throw new ConfigError(`conv2d: padding must be at least 0, got ${padding}`);
  const Ho = Math.floor((H + 2 * padding - K) / stride) + 1;
  const Wo = Math.floor((W + 2 * padding - L) / stride) + 1;
  if (Ho < 1 || Wo < 1)
    throw new ConfigError(`conv2d: kernel must fit into ${H}×${W} with padding ${padding}, got ${K}×${L}`);
  const bands = unfoldEach(x.reshape(1, H, W * B, C), { K, stride, padding, To: Ho }); //      [1, Ho, W·B, C·K]
  const windows = unfoldEach(bands.reshape(Ho, W, B, C * K), { K: L, stride, padding, To: Wo }); // [Ho, Wo, B, C·K·L]
  return linear(windows, weight.reshape(O, C * K * L), bias);
}

/**
 * The windows of each of N sequences.
 *
 *     y[n, t, b, c·K + k] = x[n, t·stride + k - padding, b, c], 0 outside
 *
 * @param x [N, T, B, C]
 * @returns [N, To, B, C·K]
 */
function unfoldEach(
  x: Tensor,
  { K, stride, padding, To }: { K: number; stride: number; padding: number; To: number },
): Tensor {
  const { N, T, B, C } = axes('conv2d: x', x, 'N T B C');
  const tape = Tape.current;
  const k = tape.kernels;
  const { realBytes } = tape.backend.heap;
  const [fromBytes, toBytes] = [T * B * C * realBytes, To * B * C * K * realBytes];
  const y = tape.result('conv2d', [N, To, B, C * K], [x]);
  for (let n = 0; n < N; n++)
    k.unfoldTime(y.ptr + n * toBytes, x.ptr + n * fromBytes, 0, T, B, C, K, stride, padding, To);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(x, (dx, beta) => {
      for (let n = 0; n < N; n++)
        k.foldTime(dx + n * fromBytes, dy + n * toBytes, 0, T, B, C, K, stride, padding, To, beta);
    });
  });
  return y;
}

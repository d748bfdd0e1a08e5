import { ConfigError, DataError } from '../errors.ts';
import { Tape } from '../tensor/tape.ts';
import { axes, type Ids, type Tensor } from '../tensor/tensor.ts';
import { linear } from './linear.ts';
import { transpose } from './permute.ts';

/**
 * How many steps of each batch entry are valid; the rest is padding. [B], each in [0, T].
 * @throws DataError when there are not B of them, or one is out of range
 */
export function checkLengths(where: string, lengths: Int32Array | undefined, T: number, B: number): void {
  if (!lengths) return;
  if (lengths.length !== B) throw new DataError(`${where}: lengths must be ${B}, got ${lengths.length}`);
  const wrong = lengths.find((length) => length < 0 || length > T);
  if (wrong !== undefined) throw new DataError(`${where}: each length must be in [0, ${T}], got ${wrong}`);
}

/** The fraction of padding from which on it costs less to leave it out of a product than to compute with it. */
const WORTH_SKIPPING = 1 / 8;

/**
 * The rows of [T·B] that are valid (unpadded), in the order of time.
 * @returns undefined where there is too little padding to gain by skipping it, or nothing else
 */
export function validRows(lengths: Int32Array, T: number): Int32Array | undefined {
  const B = lengths.length;
  const count = lengths.reduce((sum, length) => sum + length, 0);
  if (count === 0 || count > (1 - WORTH_SKIPPING) * T * B) return undefined;
  const rows = new Int32Array(count);
  let found = 0;
  for (let row = 0; row < T * B; row++) if (Math.floor(row / B) < (lengths[row % B] as number)) rows[found++] = row;
  return rows;
}

/**
 * Rows that {@link validRows} chose, each back where it stood. What stands in the padding is any of them, and no gradient
 * may come back from there: a sequence op has none for what is beyond a length.
 *
 * @param x         [N, D]
 * @param rows      [N], which of the T·B rows these are
 * @param positions [T, B], which of the N rows is at that position
 * @returns [T, B, D]
 */
export function spreadRows(x: Tensor, rows: Ids, positions: Ids): Tensor {
  const { N, D } = axes('spreadRows: x', x, 'N D', { N: rows.values.length });
  const steps = positions.values.length;
  const tape = Tape.current;
  const k = tape.kernels;
  const y = tape.result('spreadRows', [...positions.shape, D], [x]);
  k.embeddingForward(y.ptr, x.ptr, tape.addressOf('spreadRows', positions), steps, D);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(x, (dx, beta) => {
      if (beta) k.embeddingBackward(dx, dy, positions.ptr, steps, D);
      else k.embeddingForward(dx, dy, rows.ptr, N, D);
    });
  });
  return y;
}

/**
 * x with zeros beyond each entry's length. Source: what torch.nn.utils.rnn.pad_packed_sequence leaves there.
 *
 * @param x [T, B, D]
 */
export function maskTime(x: Tensor, lengths: Int32Array): Tensor {
  const { T, B, D } = axes('maskTime: x', x, 'T B D');
  checkLengths('maskTime', lengths, T, B);
  const tape = Tape.current;
  const k = tape.kernels;
  const lengthsPtr = tape.int32(lengths);
  const y = tape.result('maskTime', x.shape, [x]);
  k.maskTime(y.ptr, x.ptr, lengthsPtr, T, B, D, 0);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(x, (dx, beta) => k.maskTime(dx, dy, lengthsPtr, T, B, D, beta));
  });
  return y;
}

/**
 * The maximum over time, of each entry's valid steps; 0 where it has none.
 *
 * @param x [T, B, D]
 * @returns [B, D]
 */
export function maxOverTime(x: Tensor, lengths?: Int32Array): Tensor {
  const { T, B, D } = axes('maxOverTime: x', x, 'T B D');
  checkLengths('maxOverTime', lengths, T, B);
  const tape = Tape.current;
  const k = tape.kernels;
  const y = tape.result('maxOverTime', [B, D], [x]);
  const at = tape.allocate(B * D * 4);
  k.maxTimeForward(y.ptr, at, x.ptr, tape.int32(lengths), T, B, D);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(x, (dx, beta) => k.maxTimeBackward(dx, dy, at, T, B, D, beta));
  });
  return y;
}

/**
 * The mean over time, of each entry's valid steps; 0 where it has none.
 *
 * @param x [T, B, D]
 * @returns [B, D]
 */
export function meanOverTime(x: Tensor, lengths?: Int32Array): Tensor {
  const { T, B, D } = axes('meanOverTime: x', x, 'T B D');
  checkLengths('meanOverTime', lengths, T, B);
  const tape = Tape.current;
  const k = tape.kernels;
  const lengthsPtr = tape.int32(lengths);
  const y = tape.result('meanOverTime', [B, D], [x]);
  k.meanTimeForward(y.ptr, x.ptr, lengthsPtr, T, B, D);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(x, (dx, beta) => k.meanTimeBackward(dx, dy, lengthsPtr, T, B, D, beta));
  });
  return y;
}

/** Of {@link conv1d}. */
export interface Conv1dOptions {
  stride?: number;
  /** Zeros added on either side. */
  padding?: number;
  lengths?: Int32Array | undefined;
}

/**
 * Convolution over time. Source: torch.nn.functional.conv1d, time-major; what is beyond an entry's length is zero.
 *
 *     y[t, b, o] = bias[o] + Σ_c Σ_k weight[o, c, k]·x[t·stride + k - padding, b, c]
 *
 * @param x      [T, B, C]
 * @param weight [O, C, K]
 * @param bias   [O]
 * @returns [(T + 2·padding - K) / stride + 1, B, O]
 * @throws ConfigError when stride or padding makes no sense, or the kernel is longer than the padded input
 */
export function conv1d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  { stride = 1, padding = 0, lengths }: Conv1dOptions = {},
): Tensor {
  const { T, B, C } = axes('conv1d: x', x, 'T B C');
  const { O, K } = axes('conv1d: weight', weight, 'O C K', { C });
  checkLengths('conv1d', lengths, T, B);
  if (!(Number.isInteger(stride) && stride >= 1))
    throw new ConfigError(`conv1d: stride must be at least 1, got ${stride}`);
  if (!(Number.isInteger(padding) && padding >= 0))
    throw new ConfigError(`conv1d: padding must be at least 0, got ${padding}`);
  const To = Math.floor((T + 2 * padding - K) / stride) + 1;
  if (To < 1) throw new ConfigError(`conv1d: kernel must fit into ${T} steps with padding ${padding}, got ${K}`);
  const tape = Tape.current;
  const k = tape.kernels;
  const lengthsPtr = tape.int32(lengths);
  const windows = tape.result('conv1d', [To, B, C * K], [x]);
  k.unfoldTime(windows.ptr, x.ptr, lengthsPtr, T, B, C, K, stride, padding, To);
  tape.record([windows], (back) => {
    const dy = back.of(windows);
    back.into(x, (dx, beta) => k.foldTime(dx, dy, lengthsPtr, T, B, C, K, stride, padding, To, beta));
  });
  return linear(windows, weight.reshape(O, C * K), bias);
}

/**
 * Convolution over time of each channel with a kernel of its own, without padding.
 * Source: torch.nn.functional.conv1d with as many groups as channels, time-major.
 *
 *     y[t, b, c] = bias[c] + Σ_k weight[c, 0, k]·x[t + k, b, c]
 *
 * @param x      [T+K-1, B, C]
 * @param weight [C, 1, K]
 * @param bias   [C]
 * @returns [T, B, C]
 * @throws ConfigError when the kernel is longer than the input
 */
export function depthwiseConv1d(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  const { T: steps, B, C } = axes('depthwiseConv1d: x', x, 'T B C');
  const { K } = axes('depthwiseConv1d: weight', weight, 'C G K', { C, G: 1 });
  axes('depthwiseConv1d: bias', bias, 'C', { C });
  const T = steps - K + 1;
  if (T < 1) throw new ConfigError(`depthwiseConv1d: kernel must fit into ${steps} steps, got ${K}`);
  const tape = Tape.current;
  const k = tape.kernels;
  const { realBytes } = tape.backend.heap;
  const kernel = transpose(weight.reshape(C, K), 0, 1); // [K, C], one row after another for whole vectors
  const y = tape.result('depthwiseConv1d', [T, B, C], [x, kernel, bias]);
  k.depthwiseConv1dForward(y.ptr, x.ptr, kernel.ptr, bias.ptr, T, B, C, K);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(x, (dx, beta) => k.depthwiseConv1dBackward(dx, dy, kernel.ptr, T, B, C, K, beta));
    back.into(kernel, (dw, beta) => {
      for (let row = 0; row < K; row++)
        k.sumRowsOfProduct(dw + row * C * realBytes, dy, x.ptr + row * B * C * realBytes, T * B, C, beta);
    });
    back.into(bias, (db, beta) => k.sumRows(db, dy, C, T * B, C, beta));
  });
  return y;
}

// biome-ignore-all format: keeps a kernel's arguments on as few lines as in its C declaration
import type { Heap } from './heap.ts';
import type { Ptr } from './ptr.ts';

export type { Ptr } from './ptr.ts';

/** Rows of W in one panel of packed weights, on every backend; see {@link Kernels.packedProduct}. */
export const PANEL_OUTPUTS = 32;

/** Functions of one number, by the codes of {@link Kernels.unaryForward}; in the order of c/kernels.h. */
export const UNARY = {
  tanh: 0,
  sigmoid: 1,
  relu: 2,
  exp: 3,
  sqrt: 4,
  log: 5,
  abs: 6,
  square: 7,
  softplus: 8,
  silu: 9,
} as const;

/** Operations on two numbers, by the codes of {@link Kernels.binary}; in the order of c/kernels.h. */
export const BINARY = { add: 0, sub: 1, mul: 2, div: 3 } as const;

/** Whether a kernel overwrites its output (0) or adds to what is there (1). */
export type Beta = 0 | 1;

/**
 * Memory and the kernels that compute on it. A backend never chooses a constant, a shape or an order of operations;
 * those come from the ops. One conformance suite compares every backend with the reference.
 */
export interface Backend {
  readonly name: 'reference' | 'wasm' | 'native';
  /** One line for logs: the instruction set and the number of threads. */
  readonly description: string;
  /** True when the same program gives the same bits on every host that runs this backend. */
  readonly exact: boolean;
  readonly threads: number;
  readonly heap: Heap;
  readonly kernels: Kernels;
  /** What tapes that record compute with, where that is not `kernels`: products of less precision, in training alone. */
  readonly trainingKernels?: Kernels;
  /** Stops the threads and frees the memory; using the backend afterwards is an error, closing it again is none. */
  close(): void;
}

/**
 * The kernels. Arguments are outputs first, then inputs, then sizes and constants. Every pointer is a byte offset into
 * the heap; matrices are row-major; `ld…` (leading dimension) is the distance between two rows, in elements. Kernels do
 * not check their arguments: the ops do.
 *
 * Numbers are float32, or float64 on the reference backend for gradient checks; indices are int32. With `beta` 0 a
 * kernel overwrites its output without reading it; with `beta` 1 it adds to it.
 *
 * Sequence kernels take time-major input. With `reverse` 0, step t reads state t and writes state t+1; with `reverse`
 * 1, steps run from T-1 down to 0, and step t reads state t+1 and writes state t. Unless `lengths` is null, batch entry
 * b is valid at t < lengths[b] only; beyond, its state is copied on, and its gate gradients are zero.
 */
export interface Kernels {
  /** y[i] = value. */
  fill(y: Ptr, value: number, N: number): void;
  /** y[r, c] = x[r, c] + beta·y[r, c] for c < cols. */
  copyRows(y: Ptr, ldY: number, x: Ptr, ldX: number, rows: number, cols: number, beta: Beta): void;
  /** y[t, b, d] = t < lengths[b] ? x[t, b, d] : 0, plus beta·y. y and x: [T, B, D]. */
  maskTime(y: Ptr, x: Ptr, lengths: Ptr, T: number, B: number, D: number, beta: Beta): void;

  /**
   * C = op(A)·op(B) + bias + beta·C, with op the transpose where the flag is 1. C: [M, N]; op(A): [M, K];
   * op(B): [K, N]; bias: [N], or null.
   */
  gemm(
    c: Ptr, ldC: number, a: Ptr, ldA: number, b: Ptr, ldB: number, bias: Ptr, M: number, N: number, K: number,
    transA: 0 | 1, transB: 0 | 1, beta: Beta,
  ): void;
  /**
   * y = W·x + bias for one vector. W is packed in panels of {@link PANEL_OUTPUTS} rows, [⌈N/32⌉, K, 32], padded with
   * zeros. y, bias: [N]; x: [K].
   */
  packedProduct(y: Ptr, x: Ptr, w: Ptr, bias: Ptr, N: number, K: number): void;
  /** The same with w in int8: y[n] = scales[n]·Σ_k w[n, k]·x[k] + bias[n]. */
  packedProductInt8(y: Ptr, x: Ptr, w: Ptr, scales: Ptr, bias: Ptr, N: number, K: number): void;

  /** y[i] = f(x[i]), f one of {@link UNARY}. */
  unaryForward(y: Ptr, x: Ptr, op: number, N: number): void;
  /** dx[i] = dy[i]·f'(x[i]) + beta·dx[i]. v is y = f(x) for tanh, sigmoid, relu, exp and sqrt, and x for the others. */
  unaryBackward(dx: Ptr, dy: Ptr, v: Ptr, op: number, N: number, beta: Beta): void;
  /** y[i] = a[i] op b[i mod period] + beta·y[i], op one of {@link BINARY}; `period` divides N. */
  binary(y: Ptr, a: Ptr, b: Ptr, op: number, N: number, period: number, beta: Beta): void;
  /** y[i] = alpha·x[i] + beta·y[i]. */
  scale(y: Ptr, x: Ptr, alpha: number, N: number, beta: Beta): void;
  /** y[i] = min(max(x[i], low), high); y may be x. */
  clamp(y: Ptr, x: Ptr, low: number, high: number, N: number): void;
  /** dx[i] = low ≤ x[i] ≤ high ? dy[i] : 0, plus beta·dx[i]. */
  clampBackward(dx: Ptr, dy: Ptr, x: Ptr, low: number, high: number, N: number, beta: Beta): void;
  /**
   * y[i₀, i₁, …] = x[i₀·strides[0] + i₁·strides[1] + …] + beta·y; y: `shape` without gaps; shape, strides: int32
   * [rank].
   */
  copyStrided(y: Ptr, x: Ptr, shape: Ptr, strides: Ptr, rank: number, beta: Beta): void;

  /** y[c] = Σ_r x[r, c] + beta·y[c]. */
  sumRows(y: Ptr, x: Ptr, ldX: number, rows: number, cols: number, beta: Beta): void;
  /** y[c] = Σ_r a[r, c]·b[r, c] + beta·y[c]; a and b: [rows, cols] without gaps. */
  sumRowsOfProduct(y: Ptr, a: Ptr, b: Ptr, rows: number, cols: number, beta: Beta): void;
  /** y[r] = Σ_c x[r, c] + beta·y[r]; x: [rows, cols] without gaps. */
  sumColumns(y: Ptr, x: Ptr, rows: number, cols: number, beta: Beta): void;

  /** y[r, :] = softmax(x[r, :]); x, y: [rows, cols]. */
  softmaxForward(y: Ptr, x: Ptr, rows: number, cols: number): void;
  /** dx = y ∘ (dy − Σ dy∘y) + beta·dx, row by row; y is what the forward gave. */
  softmaxBackward(dx: Ptr, dy: Ptr, y: Ptr, rows: number, cols: number, beta: Beta): void;

  /** y[r, :] = x[r, :] - ln Σ_c e^x[r, c]; x, y: [rows, cols]. */
  logSoftmaxForward(y: Ptr, x: Ptr, rows: number, cols: number): void;
  /** dx = dy − exp(y)·Σ dy + beta·dx, row by row; y is what the forward gave. */
  logSoftmaxBackward(dx: Ptr, dy: Ptr, y: Ptr, rows: number, cols: number, beta: Beta): void;

  /**
   * Softmax cross-entropy as torch.nn.functional.cross_entropy before its reduction.
   *
   *     loss[r] = (1-s)·w[y]·(lse[r] - x[r, y]) + s/V·Σ_c w[c]·(lse[r] - x[r, c])        0 where y = ignore
   *
   * losses, lse: [rows]; logits: [rows, V]; targets: int32 [rows]; weights: [V] per class, or null for ones.
   */
  crossEntropyForward(
    losses: Ptr, lse: Ptr, logits: Ptr, targets: Ptr, weights: Ptr, rows: number, V: number, ignore: number,
    smoothing: number,
  ): void;
  /**
   * dlogits[r, c] = scale·dloss[r·ldLoss]·∂loss[r]/∂x[r, c] + beta·dlogits. `ldLoss` 1: a gradient for each row; 0: one
   * for all. dlogits may be logits itself when beta is 0.
   */
  crossEntropyBackward(
    dlogits: Ptr, dloss: Ptr, ldLoss: 0 | 1, logits: Ptr, lse: Ptr, targets: Ptr, weights: Ptr, rows: number,
    V: number, ignore: number, smoothing: number, scale: number, beta: Beta,
  ): void;

  /** y[n, :] = table[ids[n], :]; ids: int32 [N]; table: [V, D]. */
  embeddingForward(y: Ptr, table: Ptr, ids: Ptr, N: number, D: number): void;
  /** dtable[ids[n], :] += dy[n, :], in the order of n. Always adds. */
  embeddingBackward(dtable: Ptr, dy: Ptr, ids: Ptr, N: number, D: number): void;

  /**
   * y = weight∘(x - mean)·rstd + bias over the last axis. x, y: [rows, cols]; mean, rstd: [rows]; weight, bias: [cols].
   */
  layerNormForward(
    y: Ptr, mean: Ptr, rstd: Ptr, x: Ptr, weight: Ptr, bias: Ptr, rows: number, cols: number, eps: number,
  ): void;
  /** dx of {@link layerNormForward}, row by row, plus beta·dx; mean and rstd are what the forward gave. */
  layerNormBackward(
    dx: Ptr, dy: Ptr, x: Ptr, mean: Ptr, rstd: Ptr, weight: Ptr, rows: number, cols: number, beta: Beta,
  ): void;
  /** dweight[c] = Σ_r dy[r, c]·(x[r, c] - mean[r])·rstd[r] + beta·dweight[c]. */
  layerNormBackwardWeight(
    dweight: Ptr, dy: Ptr, x: Ptr, mean: Ptr, rstd: Ptr, rows: number, cols: number, beta: Beta,
  ): void;

  /**
   * y[i] = u < keep ? 1/keep : 0, with u the uniform number of `philox` for key (key0, key1): word i mod 4 of
   * block i div 4, divided by 2³².
   */
  dropoutMask(y: Ptr, N: number, keep: number, key0: number, key1: number): void;

  /**
   * cols[t, b, c·K + k] = x[t·stride + k - padding, b, c], 0 outside [0, lengths[b]) (or [0, T)). cols: [To, B, C·K].
   */
  unfoldTime(
    cols: Ptr, x: Ptr, lengths: Ptr, T: number, B: number, C: number, K: number, stride: number, padding: number,
    To: number,
  ): void;
  /** The transpose of {@link unfoldTime}: dx: [T, B, C]. */
  foldTime(
    dx: Ptr, dcols: Ptr, lengths: Ptr, T: number, B: number, C: number, K: number, stride: number, padding: number,
    To: number, beta: Beta,
  ): void;
  /**
   * y[t, b, c] = bias[c] + Σ_k weight[k, c]·x[t + k, b, c]. x: [T+K-1, B, C]; y: [T, B, C]; weight: [K, C]; bias: [C].
   */
  depthwiseConv1dForward(
    y: Ptr, x: Ptr, weight: Ptr, bias: Ptr, T: number, B: number, C: number, K: number,
  ): void;
  /** dx[t, b, c] = Σ_k weight[k, c]·dy[t - k, b, c] + beta·dx[t, b, c], where 0 ≤ t - k < T. */
  depthwiseConv1dBackward(
    dx: Ptr, dy: Ptr, weight: Ptr, T: number, B: number, C: number, K: number, beta: Beta,
  ): void;
  /** y[b, d] = max over t < lengths[b] of x[t, b, d], and its t: at, int32 [B, D]. 0 and -1 where the length is 0. */
  maxTimeForward(y: Ptr, at: Ptr, x: Ptr, lengths: Ptr, T: number, B: number, D: number): void;
  /** dx[at[b, d], b, d] = dy[b, d], 0 elsewhere, plus beta·dx. */
  maxTimeBackward(dx: Ptr, dy: Ptr, at: Ptr, T: number, B: number, D: number, beta: Beta): void;
  /** y[b, d] = mean over t < lengths[b] of x[t, b, d]; 0 where the length is 0. */
  meanTimeForward(y: Ptr, x: Ptr, lengths: Ptr, T: number, B: number, D: number): void;
  /** dx[t, b, d] = dy[b, d] / lengths[b] for t < lengths[b], 0 elsewhere, plus beta·dx. */
  meanTimeBackward(dx: Ptr, dy: Ptr, lengths: Ptr, T: number, B: number, D: number, beta: Beta): void;

  /**
   * Elman RNN over a whole sequence: h' = tanh(z) or relu(z), z = xg[t] + h·Wᵀ + bias. h: [T+1, B, H], in: the initial
   * state, out: all others; xg: [T, B, H], the input projections x·W_ihᵀ + b; w: [H, H]; bias: [H].
   */
  rnnForward(
    h: Ptr, xg: Ptr, w: Ptr, bias: Ptr, lengths: Ptr, T: number, B: number, H: number, relu: 0 | 1, reverse: 0 | 1,
  ): void;
  /**
   * dh: [T+1, B, H], in: the gradient of each state from outside the recurrence; out: its total gradient ∂L/∂h.
   * dz: [T, B, H], out: the gradient of z.
   */
  rnnBackward(
    dh: Ptr, dz: Ptr, h: Ptr, w: Ptr, lengths: Ptr, T: number, B: number, H: number, relu: 0 | 1, reverse: 0 | 1,
  ): void;

  /**
   * GRU over a whole sequence, with the reset gate applied after the product, as torch and cuDNN do.
   *
   *     a = h·Wᵀ + bias     r, z = σ(x_r + a_r), σ(x_z + a_z)     n = tanh(x_n + r∘a_n)     h' = (1-z)∘n + z∘h
   *
   * h: [T+1, B, H]; gates: [T, B, 3H], in: x·W_ihᵀ + b, out: r z n; q: [T, B, H], out: a_n; w: [3H, H]; bias: [3H].
   * gates and q are not written beyond an entry's length.
   */
  gruForward(
    h: Ptr, gates: Ptr, q: Ptr, w: Ptr, bias: Ptr, lengths: Ptr, T: number, B: number, H: number, reverse: 0 | 1,
  ): void;
  /**
   * dh: as in {@link rnnBackward}. gates: in: r z n, out: the gradient of x_r x_z x_n; q: in: a_n, out: the gradient of
   * a_n (those of a_r and a_z equal those of x_r and x_z).
   */
  gruBackward(
    dh: Ptr, gates: Ptr, q: Ptr, h: Ptr, w: Ptr, lengths: Ptr, T: number, B: number, H: number, reverse: 0 | 1,
  ): void;

  /**
   * LSTM over a whole sequence.
   *
   *     z = xg[t] + h·Wᵀ + bias     i, f, o = σ(z_i), σ(z_f), σ(z_o)     g = tanh(z_g)     c' = f∘c + i∘g
   *     h' = o∘tanh(c')
   *
   * h, c: [T+1, B, H]; gates: [T, B, 4H], in: xg, out: i f g o (not written beyond an entry's length); w: [4H, H];
   * bias: [4H].
   */
  lstmForward(
    h: Ptr, c: Ptr, gates: Ptr, w: Ptr, bias: Ptr, lengths: Ptr, T: number, B: number, H: number, reverse: 0 | 1,
  ): void;
  /**
   * dh: as in {@link rnnBackward}. dc: the same for the cell states, `dcStride` = B·H elements apart; or, with
   * `dcStride` 0, one [B, H] for all, in: the gradient of the final cell state, out: that of the initial one. gates:
   * in: i f g o, out: dz.
   */
  lstmBackward(
    dh: Ptr, dc: Ptr, dcStride: number, gates: Ptr, c: Ptr, w: Ptr, lengths: Ptr, T: number, B: number, H: number,
    reverse: 0 | 1,
  ): void;

  /**
   * sLSTM over a whole sequence: an LSTM whose input gate is an exponential, and whose cell is therefore a weighted mean. Of
   * the sums c = Σ w∘z and n = Σ w of what it has seen, where w is the exponential i of its time and every f since, it
   * keeps m = c/n and l = ln n, which no exponential overflows; i/n' becomes the gate a.
   *
   *     y = xg[t] + h·Wᵀ + bias     f, o = σ(y_f), σ(y_o)     z = tanh(y_z)     k = l + ln f     a = σ(y_i - k)
   *     m' = (1-a)∘m + a∘z          l' = ln(e^y_i + e^k)      h' = o∘m'
   *
   * h: [T+1, B, H]; c: [T+1, B, 2H], m l; gates: [T, B, 4H], in: xg, out: a f z o (not written beyond an entry's length);
   * w: [4H, H]; bias: [4H].
   */
  slstmForward(
    h: Ptr, c: Ptr, gates: Ptr, w: Ptr, bias: Ptr, lengths: Ptr, T: number, B: number, H: number, reverse: 0 | 1,
  ): void;
  /** As {@link lstmBackward}, `dcStride` 2·B·H or 0. gates: in: a f z o, out: dy. */
  slstmBackward(
    dh: Ptr, dc: Ptr, dcStride: number, gates: Ptr, c: Ptr, w: Ptr, lengths: Ptr, T: number, B: number, H: number,
    reverse: 0 | 1,
  ): void;

  /**
   * minGRU over a whole sequence: z = σ(x_z), h' = (1-z)∘h + z∘h̃.
   *
   * h: [T+1, B, H], in: the initial state, out: all others; gates: [T, B, 2H], in: x·W_ihᵀ + b, out: z h̃ (not written
   * beyond an entry's length).
   */
  minGruForward(h: Ptr, gates: Ptr, lengths: Ptr, T: number, B: number, H: number, reverse: 0 | 1): void;
  /** dh: as in {@link rnnBackward}. gates: in: z h̃, out: the gradient of x_z x_h. */
  minGruBackward(dh: Ptr, gates: Ptr, h: Ptr, lengths: Ptr, T: number, B: number, H: number, reverse: 0 | 1): void;
  /**
   * minLSTM over a whole sequence: f, i = σ(x_f), σ(x_i), h' = (f∘h + i∘h̃) / (f + i).
   *
   * h: [T+1, B, H], in: the initial state, out: all others; gates: [T, B, 3H], in: x·W_ihᵀ + b, out: f i h̃ (not written
   * beyond an entry's length).
   */
  minLstmForward(h: Ptr, gates: Ptr, lengths: Ptr, T: number, B: number, H: number, reverse: 0 | 1): void;
  /** dh: as in {@link rnnBackward}. gates: in: f i h̃, out: the gradient of x_f x_i x_h. */
  minLstmBackward(dh: Ptr, gates: Ptr, h: Ptr, lengths: Ptr, T: number, B: number, H: number, reverse: 0 | 1): void;

  /**
   * SRU over a whole sequence; w_f w_r are the blocks of w, b_f b_r those of bias.
   *
   *     f, r = σ(x_f + w_f∘c + b_f), σ(x_r + w_r∘c + b_r)     c' = f∘c + (1-f)∘x̃     h' = r∘c' + (1-r)∘x
   *
   * h, c: [T+1, B, H], in: the initial state, out: all others; gates: [T, B, 4H], in: x̃ x_f x_r x, out: x̃ f r x (not written
   * beyond an entry's length); w, bias: [2H].
   */
  sruForward(
    h: Ptr, c: Ptr, gates: Ptr, w: Ptr, bias: Ptr, lengths: Ptr, T: number, B: number, H: number, reverse: 0 | 1,
  ): void;
  /**
   * dh: as in {@link rnnBackward}; dc, dcStride: as in {@link lstmBackward}. gates: in: x̃ f r x, out: the gradient of
   * x̃ x_f x_r x; dw: [B, 2H], out: the gradient of w from each entry.
   */
  sruBackward(
    dh: Ptr, dc: Ptr, dcStride: number, gates: Ptr, dw: Ptr, c: Ptr, w: Ptr, lengths: Ptr, T: number, B: number, H: number,
    reverse: 0 | 1,
  ): void;

  /**
   * One step of one sequence, in place, for inference: the cell of the sequence kernels on xg = x·W_ihᵀ + b and
   * a = h·Wᵀ + bias. h, xg, a: [H].
   */
  rnnStep(h: Ptr, xg: Ptr, a: Ptr, H: number, relu: 0 | 1): void;
  /** The same; xg, a: [3H], gate blocks r z n. */
  gruStep(h: Ptr, xg: Ptr, a: Ptr, H: number): void;
  /** The same; c: [H]; xg, a: [4H], gate blocks i f g o. */
  lstmStep(h: Ptr, c: Ptr, xg: Ptr, a: Ptr, H: number): void;
  /** The same; c: [2H], m l; xg, a: [4H], gate blocks i f z o. */
  slstmStep(h: Ptr, c: Ptr, xg: Ptr, a: Ptr, H: number): void;
  /** The same, without a: xg: [2H], gate blocks z h̃. */
  minGruStep(h: Ptr, xg: Ptr, H: number): void;
  /** The same; xg: [3H], gate blocks f i h̃. */
  minLstmStep(h: Ptr, xg: Ptr, H: number): void;
  /** The same; c: [H]; xg: [4H], blocks x̃ f r x; w, bias: [2H]. */
  sruStep(h: Ptr, c: Ptr, xg: Ptr, w: Ptr, bias: Ptr, H: number): void;

  /**
   * Attention of Q queries per batch entry over a source of S positions; the score is the scaled dot product.
   *
   *     w[q, b, :] = softmax over s < lengths[b] of scale·q[q, b]·keys[s, b]
   *     context[q, b] = Σ_s w[q, b, s]·values[s, b]
   *
   * context: [Q, B, E]; weights: [Q, B, S], 0 beyond the length; q: [Q, B, D]; keys: [S, B, D]; values: [S, B, E].
   * Where the length is 0 the context is 0.
   */
  attentionDotForward(
    context: Ptr, weights: Ptr, q: Ptr, keys: Ptr, values: Ptr, lengths: Ptr, Q: number, S: number, B: number,
    D: number, E: number, scale: number,
  ): void;
  /**
   * Adds to dq, dkeys and dvalues, of which a null one is skipped; dkeys and dvalues may be the same array. dscores:
   * [Q, B, S], out: the gradient of the product q·keys, 0 beyond the length.
   */
  attentionDotBackward(
    dq: Ptr, dkeys: Ptr, dvalues: Ptr, dscores: Ptr, dcontext: Ptr, weights: Ptr, q: Ptr, keys: Ptr, values: Ptr,
    lengths: Ptr, Q: number, S: number, B: number, D: number, E: number, scale: number,
  ): void;
  /**
   * The same with the score Σ_d v[d]·tanh(q[q, b, d] + keys[s, b, d]); v: [D]. Nothing of size [Q, B, S, D] is stored.
   */
  attentionAdditiveForward(
    context: Ptr, weights: Ptr, q: Ptr, keys: Ptr, values: Ptr, v: Ptr, lengths: Ptr, Q: number, S: number, B: number,
    D: number, E: number,
  ): void;
  /** As {@link attentionDotBackward}, with dv: [D] and dscores the gradient of the score; the tanh is recomputed. */
  attentionAdditiveBackward(
    dq: Ptr, dkeys: Ptr, dvalues: Ptr, dv: Ptr, dscores: Ptr, dcontext: Ptr, weights: Ptr, q: Ptr, keys: Ptr,
    values: Ptr, v: Ptr, lengths: Ptr, Q: number, S: number, B: number, D: number, E: number,
  ): void;

  /** Σ x[i]², in float64, summed in an order that does not depend on the number of threads. */
  sumOfSquares(x: Ptr, N: number): number;
  /** The first i at which x[i] is NaN or infinite, or -1. */
  firstNonFinite(x: Ptr, N: number): number;
  /** torch.optim.SGD on g·gradScale: momentum buffer m (null without momentum), `decay` the L2 penalty. */
  sgd(
    p: Ptr, g: Ptr, m: Ptr, N: number, learningRate: number, momentum: number, nesterov: 0 | 1, decay: number,
    gradScale: number,
  ): void;
  /** torch.optim.RMSprop on g·gradScale: v the running mean of squares, m the momentum buffer (null without). */
  rmsprop(
    p: Ptr, g: Ptr, v: Ptr, m: Ptr, N: number, learningRate: number, alpha: number, eps: number, momentum: number,
    decay: number, gradScale: number,
  ): void;
  /**
   * torch.optim.Adam (decoupled 0) or AdamW (decoupled 1) on g·gradScale; `correction1` = 1 - beta1^t,
   * `correction2` = 1 - beta2^t.
   */
  adam(
    p: Ptr, g: Ptr, m: Ptr, v: Ptr, N: number, learningRate: number, beta1: number, beta2: number, eps: number,
    decay: number, decoupled: 0 | 1, correction1: number, correction2: number, gradScale: number,
  ): void;
}

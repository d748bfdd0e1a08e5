import type { Kernels } from '../backend/backend.ts';
import type { Heap, Real } from '../backend/heap.ts';
import { sigmoid, tanh } from '../math.ts';

type RecurrentKernels = Pick<
  Kernels,
  | 'rnnForward'
  | 'rnnBackward'
  | 'rnnStep'
  | 'gruForward'
  | 'gruBackward'
  | 'gruStep'
  | 'lstmForward'
  | 'lstmBackward'
  | 'lstmStep'
>;

/** One step of a sequence: what it reads and writes. */
interface Step {
  /** The time of the input. */
  t: number;
  /** Which state is read, and which is written. */
  previous: number;
  next: number;
}

/**
 * The fused sequence kernels of the reference backend: the definition of correct. What does not depend on the previous
 * state stays with the caller (Appleyard et al. 2016): the input's product before, and dW_hh = Σ_t dz[t]ᵀ·h[previous]
 * and the bias gradients after. Forward and backward stand in pairs.
 */
export function createRecurrentKernels(heap: Heap, gemm: Kernels['gemm']): RecurrentKernels {
  const { realBytes } = heap;

  /** How far each batch entry lives; T where there are no lengths. */
  const limits = (lengths: number, T: number, B: number): Int32Array =>
    lengths ? heap.int32(lengths, B) : new Int32Array(B).fill(T);

  const rowAt = (matrix: number, ld: number, row: number): number => matrix + row * ld * realBytes;

  /**
   * y += x·W over the step t, of the entries alive then, run by run of those side by side; y: [B, N] rows `ldY` apart,
   * x: [B, K], W: [N, K] or, transposed, [K, N].
   */
  const product = (
    y: number,
    ldY: number,
    x: number,
    ldX: number,
    w: number,
    live: Int32Array,
    t: number,
    N: number,
    K: number,
    transW: 0 | 1,
  ) => {
    for (let from = 0, to = 0; from < live.length; from = to + 1) {
      for (to = from; to < live.length && t < (live[to] as number); ) to++;
      if (to > from)
        gemm(rowAt(y, ldY, from), ldY, rowAt(x, ldX, from), ldX, w, transW ? K : N, 0, to - from, N, K, 0, transW, 1);
    }
  };

  return {
    rnnForward(h, xg, w, bias, lengths, T, B, H, relu, reverse) {
      const BH = B * H;
      const a = heap.allocate(BH * realBytes);
      const live = limits(lengths, T, B);
      const [hs, xs, as, bs] = [
        heap.real(h, (T + 1) * BH),
        heap.real(xg, T * BH),
        heap.real(a, BH),
        heap.real(bias, H),
      ];
      for (const { t, previous, next } of steps(T, reverse)) {
        for (let k = 0; k < BH; k++) as[k] = (xs[t * BH + k] as number) + (bs[k % H] as number);
        product(a, H, h + previous * BH * realBytes, H, w, live, t, H, H, 1);
        for (let b = 0; b < B; b++) {
          for (let k = b * H; k < (b + 1) * H; k++) {
            const z = as[k] as number;
            const alive = t < (live[b] as number);
            hs[next * BH + k] = !alive ? (hs[previous * BH + k] as number) : relu ? Math.max(z, 0) : tanh(z);
          }
        }
      }
      heap.free(a);
    },

    rnnBackward(dh, dz, h, w, lengths, T, B, H, relu, reverse) {
      const BH = B * H;
      const live = limits(lengths, T, B);
      const [dhs, dzs, hs] = [heap.real(dh, (T + 1) * BH), heap.real(dz, T * BH), heap.real(h, (T + 1) * BH)];
      for (const { t, previous, next } of steps(T, reverse).toReversed()) {
        for (let b = 0; b < B; b++) {
          const alive = t < (live[b] as number);
          for (let k = b * H; k < (b + 1) * H; k++) {
            const g = dhs[next * BH + k] as number;
            const y = hs[next * BH + k] as number;
            dzs[t * BH + k] = !alive ? 0 : relu ? (y > 0 ? g : 0) : g * (1 - y * y);
            if (!alive) add(dhs, previous * BH + k, g);
          }
        }
        product(dh + previous * BH * realBytes, H, dz + t * BH * realBytes, H, w, live, t, H, H, 0);
      }
    },

    rnnStep(h, xg, a, H, relu) {
      const [hs, xs, as] = [heap.real(h, H), heap.real(xg, H), heap.real(a, H)];
      for (let j = 0; j < H; j++) {
        const z = (xs[j] as number) + (as[j] as number);
        hs[j] = relu ? Math.max(z, 0) : tanh(z);
      }
    },

    gruForward(h, gates, q, w, bias, lengths, T, B, H, reverse) {
      const BH = B * H;
      const a = heap.allocate(3 * BH * realBytes);
      const live = limits(lengths, T, B);
      const [hs, gs, qs] = [heap.real(h, (T + 1) * BH), heap.real(gates, T * 3 * BH), heap.real(q, T * BH)];
      const [as, bs] = [heap.real(a, 3 * BH), heap.real(bias, 3 * H)];
      for (const { t, previous, next } of steps(T, reverse)) {
        for (let k = 0; k < 3 * BH; k++) as[k] = bs[k % (3 * H)] as number;
        product(a, 3 * H, h + previous * BH * realBytes, H, w, live, t, 3 * H, H, 1);
        for (let b = 0; b < B; b++) {
          const alive = t < (live[b] as number);
          for (let j = 0; j < H; j++) {
            const k = b * H + j;
            const ar = b * 3 * H + j;
            const gr = t * 3 * BH + ar;
            const old = hs[previous * BH + k] as number;
            if (!alive) {
              hs[next * BH + k] = old;
              continue;
            }
            const r = (gs[gr] = sigmoid((gs[gr] as number) + (as[ar] as number)));
            const z = (gs[gr + H] = sigmoid((gs[gr + H] as number) + (as[ar + H] as number)));
            const an = (qs[t * BH + k] = as[ar + 2 * H] as number);
            const n = (gs[gr + 2 * H] = tanh((gs[gr + 2 * H] as number) + r * an));
            hs[next * BH + k] = (1 - z) * n + z * old;
          }
        }
      }
      heap.free(a);
    },

    gruBackward(dh, gates, q, h, w, lengths, T, B, H, reverse) {
      const BH = B * H;
      const live = limits(lengths, T, B);
      const [dhs, hs] = [heap.real(dh, (T + 1) * BH), heap.real(h, (T + 1) * BH)];
      const [gs, qs] = [heap.real(gates, T * 3 * BH), heap.real(q, T * BH)];
      for (const { t, previous, next } of steps(T, reverse).toReversed()) {
        for (let b = 0; b < B; b++) {
          const alive = t < (live[b] as number);
          for (let j = 0; j < H; j++) {
            const k = b * H + j;
            const gr = t * 3 * BH + b * 3 * H + j;
            const g = dhs[next * BH + k] as number;
            if (!alive) {
              gs[gr] = gs[gr + H] = gs[gr + 2 * H] = qs[t * BH + k] = 0;
              add(dhs, previous * BH + k, g);
              continue;
            }
            const [r, z, n] = [gs[gr] as number, gs[gr + H] as number, gs[gr + 2 * H] as number];
            const dn = g * (1 - z) * (1 - n * n);
            gs[gr] = dn * (qs[t * BH + k] as number) * r * (1 - r);
            gs[gr + H] = g * ((hs[previous * BH + k] as number) - n) * z * (1 - z);
            gs[gr + 2 * H] = dn;
            qs[t * BH + k] = dn * r;
            add(dhs, previous * BH + k, g * z);
          }
        }
        const into = dh + previous * BH * realBytes;
        const at = gates + t * 3 * BH * realBytes;
        product(into, H, at, 3 * H, w, live, t, H, 2 * H, 0);
        product(into, H, q + t * BH * realBytes, H, w + 2 * H * H * realBytes, live, t, H, H, 0);
      }
    },

    gruStep(h, xg, a, H) {
      const [hs, xs, as] = [heap.real(h, H), heap.real(xg, 3 * H), heap.real(a, 3 * H)];
      for (let j = 0; j < H; j++) {
        const r = sigmoid((xs[j] as number) + (as[j] as number));
        const z = sigmoid((xs[j + H] as number) + (as[j + H] as number));
        const n = tanh((xs[j + 2 * H] as number) + r * (as[j + 2 * H] as number));
        hs[j] = (1 - z) * n + z * (hs[j] as number);
      }
    },

    lstmForward(h, c, gates, w, bias, lengths, T, B, H, reverse) {
      const BH = B * H;
      const a = heap.allocate(4 * BH * realBytes);
      const live = limits(lengths, T, B);
      const [hs, cs] = [heap.real(h, (T + 1) * BH), heap.real(c, (T + 1) * BH)];
      const [gs, as, bs] = [heap.real(gates, T * 4 * BH), heap.real(a, 4 * BH), heap.real(bias, 4 * H)];
      for (const { t, previous, next } of steps(T, reverse)) {
        for (let k = 0; k < 4 * BH; k++) as[k] = (gs[t * 4 * BH + k] as number) + (bs[k % (4 * H)] as number);
        product(a, 4 * H, h + previous * BH * realBytes, H, w, live, t, 4 * H, H, 1);
        for (let b = 0; b < B; b++) {
          const alive = t < (live[b] as number);
          for (let j = 0; j < H; j++) {
            const k = b * H + j;
            const az = b * 4 * H + j;
            const z = t * 4 * BH + az;
            if (!alive) {
              cs[next * BH + k] = cs[previous * BH + k] as number;
              hs[next * BH + k] = hs[previous * BH + k] as number;
              continue;
            }
            const i = (gs[z] = sigmoid(as[az] as number));
            const f = (gs[z + H] = sigmoid(as[az + H] as number));
            const g = (gs[z + 2 * H] = tanh(as[az + 2 * H] as number));
            const o = (gs[z + 3 * H] = sigmoid(as[az + 3 * H] as number));
            const cell = (cs[next * BH + k] = f * (cs[previous * BH + k] as number) + i * g);
            hs[next * BH + k] = o * tanh(cell);
          }
        }
      }
      heap.free(a);
    },

    lstmBackward(dh, dc, dcStride, gates, c, w, lengths, T, B, H, reverse) {
      const BH = B * H;
      const live = limits(lengths, T, B);
      const [dhs, cs, gs] = [heap.real(dh, (T + 1) * BH), heap.real(c, (T + 1) * BH), heap.real(gates, T * 4 * BH)];
      const dcs = heap.real(dc, T * dcStride + BH);
      for (const { t, previous, next } of steps(T, reverse).toReversed()) {
        for (let b = 0; b < B; b++) {
          const alive = t < (live[b] as number);
          for (let j = 0; j < H; j++) {
            const k = b * H + j;
            const z = t * 4 * BH + b * 4 * H + j;
            const dhNext = dhs[next * BH + k] as number;
            const dcNext = dcs[next * dcStride + k] as number;
            const dcPrevious = dcStride ? (dcs[previous * dcStride + k] as number) : 0;
            if (!alive) {
              gs[z] = gs[z + H] = gs[z + 2 * H] = gs[z + 3 * H] = 0;
              dcs[previous * dcStride + k] = dcPrevious + dcNext;
              add(dhs, previous * BH + k, dhNext);
              continue;
            }
            const [i, f] = [gs[z] as number, gs[z + H] as number];
            const [g, o] = [gs[z + 2 * H] as number, gs[z + 3 * H] as number];
            const tanhC = tanh(cs[next * BH + k] as number);
            const dCell = dcNext + dhNext * o * (1 - tanhC * tanhC);
            dcs[next * dcStride + k] = dCell;
            gs[z] = dCell * g * i * (1 - i);
            gs[z + H] = dCell * (cs[previous * BH + k] as number) * f * (1 - f);
            gs[z + 2 * H] = dCell * i * (1 - g * g);
            gs[z + 3 * H] = dhNext * tanhC * o * (1 - o);
            dcs[previous * dcStride + k] = dcPrevious + dCell * f;
          }
        }
        product(dh + previous * BH * realBytes, H, gates + t * 4 * BH * realBytes, 4 * H, w, live, t, H, 4 * H, 0);
      }
    },

    lstmStep(h, c, xg, a, H) {
      const [hs, cs, xs, as] = [heap.real(h, H), heap.real(c, H), heap.real(xg, 4 * H), heap.real(a, 4 * H)];
      const z = (at: number): number => (xs[at] as number) + (as[at] as number);
      for (let j = 0; j < H; j++) {
        const cell = sigmoid(z(j + H)) * (cs[j] as number) + sigmoid(z(j)) * tanh(z(j + 2 * H));
        cs[j] = cell;
        hs[j] = sigmoid(z(j + 3 * H)) * tanh(cell);
      }
    },
  };
}

/** The steps of a sequence in the order they run. */
function steps(T: number, reverse: 0 | 1): Step[] {
  return Array.from({ length: T }, (_, s) => {
    const t = reverse ? T - 1 - s : s;
    return { t, previous: t + reverse, next: t + 1 - reverse };
  });
}

function add(y: Real, at: number, value: number): void {
  y[at] = (y[at] as number) + value;
}

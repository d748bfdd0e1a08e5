import { BINARY, type Kernels, UNARY } from '../backend/backend.ts';
import type { Heap } from '../backend/heap.ts';
import { exp, ln, sigmoid, softplus, tanh } from '../math.ts';
import { philox } from '../rng.ts';
import { store, viewsOf } from './views.ts';

type ElementwiseKernels = Pick<
  Kernels,
  | 'fill'
  | 'copyRows'
  | 'copyStrided'
  | 'maskTime'
  | 'unaryForward'
  | 'unaryBackward'
  | 'binary'
  | 'clamp'
  | 'clampBackward'
  | 'scale'
  | 'dropoutMask'
>;

type Operation = (a: number, b: number) => number;

const VALUES: Readonly<Record<keyof typeof UNARY, (x: number) => number>> = {
  tanh,
  sigmoid,
  relu: (x) => (x < 0 ? 0 : x),
  exp,
  sqrt: Math.sqrt,
  log: ln,
  abs: Math.abs,
  square: (x) => x * x,
  softplus,
  silu: (x) => x * sigmoid(x),
};

/** f', written in y = f(x) for the first five, and in x for the rest. */
const SLOPES: typeof VALUES = {
  tanh: (y) => 1 - y * y,
  sigmoid: (y) => y * (1 - y),
  relu: (y) => (y > 0 ? 1 : 0),
  exp: (y) => y,
  sqrt: (y) => 0.5 / y,
  log: (x) => 1 / x,
  abs: Math.sign,
  square: (x) => 2 * x,
  softplus: sigmoid,
  silu: (x) => sigmoid(x) * (1 + x * (1 - sigmoid(x))),
};

const OPERATIONS: Readonly<Record<keyof typeof BINARY, Operation>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
};

/** The functions of a table in the order of their codes. */
const byCode = <Name extends string, F>(codes: Readonly<Record<Name, number>>, table: Readonly<Record<Name, F>>) =>
  new Map((Object.keys(codes) as Name[]).map((name) => [codes[name], table[name]]));

const valueOf = byCode(UNARY, VALUES);
const slopeOf = byCode(UNARY, SLOPES);
const operationOf = byCode(BINARY, OPERATIONS);

/** What works on one element at a time, and copies. */
export function createElementwiseKernels(heap: Heap): ElementwiseKernels {
  const { real, int32 } = viewsOf(heap);

  return {
    fill(yPtr, value, N) {
      real(yPtr, N).fill(value);
    },
    copyRows(yPtr, ldY, xPtr, ldX, rows, cols, beta) {
      if (rows === 0) return;
      const [y, x] = [real(yPtr, (rows - 1) * ldY + cols), real(xPtr, (rows - 1) * ldX + cols)];
      for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) store(y, r * ldY + c, x[r * ldX + c], beta);
    },
    copyStrided(yPtr, xPtr, shapePtr, stridesPtr, rank, beta) {
      const [shape, strides] = [int32(shapePtr, rank), int32(stridesPtr, rank)];
      let [size, extent] = [1, 1];
      for (let axis = 0; axis < rank; axis++) {
        size *= shape[axis];
        extent += (shape[axis] - 1) * strides[axis];
      }
      const [y, x] = [real(yPtr, size), real(xPtr, extent)];
      for (let i = 0; i < size; i++) {
        let from = 0;
        for (let axis = rank - 1, rest = i; axis >= 0; axis--) {
          from += (rest % shape[axis]) * strides[axis];
          rest = Math.floor(rest / shape[axis]);
        }
        store(y, i, x[from], beta);
      }
    },
    maskTime(yPtr, xPtr, lengthsPtr, T, B, D, beta) {
      const [y, x, lengths] = [real(yPtr, T * B * D), real(xPtr, T * B * D), int32(lengthsPtr, B)];
      for (let i = 0; i < T * B * D; i++) {
        const row = Math.floor(i / D);
        store(y, i, Math.floor(row / B) < lengths[row % B] ? x[i] : 0, beta);
      }
    },

    unaryForward(yPtr, xPtr, op, N) {
      const [y, x] = [real(yPtr, N), real(xPtr, N)];
      const f = valueOf.get(op) as (typeof VALUES)['exp'];
      for (let i = 0; i < N; i++) y[i] = f(x[i]);
    },
    unaryBackward(dxPtr, dyPtr, vPtr, op, N, beta) {
      const [dx, dy, v] = [real(dxPtr, N), real(dyPtr, N), real(vPtr, N)];
      const slope = slopeOf.get(op) as (typeof SLOPES)['exp'];
      for (let i = 0; i < N; i++) store(dx, i, dy[i] * slope(v[i]), beta);
    },
    binary(yPtr, aPtr, bPtr, op, N, period, beta) {
      const [y, a, b] = [real(yPtr, N), real(aPtr, N), real(bPtr, period)];
      const operation = operationOf.get(op) as Operation;
      for (let i = 0; i < N; i++) store(y, i, operation(a[i], b[i % period]), beta);
    },
    clamp(yPtr, xPtr, low, high, N) {
      const [y, x] = [real(yPtr, N), real(xPtr, N)];
      for (let i = 0; i < N; i++) y[i] = Math.min(Math.max(x[i], low), high);
    },
    clampBackward(dxPtr, dyPtr, xPtr, low, high, N, beta) {
      const [dx, dy, x] = [real(dxPtr, N), real(dyPtr, N), real(xPtr, N)];
      for (let i = 0; i < N; i++) store(dx, i, low <= x[i] && x[i] <= high ? dy[i] : 0, beta);
    },
    scale(yPtr, xPtr, alpha, N, beta) {
      const [y, x] = [real(yPtr, N), real(xPtr, N)];
      for (let i = 0; i < N; i++) store(y, i, alpha * x[i], beta);
    },

    dropoutMask(yPtr, N, keep, key0, key1) {
      const y = real(yPtr, N);
      const threshold = keep * 2 ** 32;
      const words = new Uint32Array(4);
      for (let i = 0; i < N; i += 4) {
        philox([i / 4, 0, 0, 0], [key0, key1], words);
        for (const [lane, word] of words.entries()) if (i + lane < N) y[i + lane] = word < threshold ? 1 / keep : 0;
      }
    },
  };
}

import { BINARY, UNARY } from '../backend/backend.ts';
import { ConfigError } from '../errors.ts';
import { type Backprop, Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { expand } from './permute.ts';
import { broadcastShape, repeatsUnder } from './shape.ts';

/** A tensor, or a number, which broadcasts. */
export type Operand = Tensor | number;

/** a + b. Shapes broadcast as in NumPy; the same holds for `sub`, `mul` and `div`. */
export const add = (a: Operand, b: Operand): Tensor => binary('add', a, b);

/** a - b. */
export const sub = (a: Operand, b: Operand): Tensor => binary('sub', a, b);

/** a ∘ b, element by element. */
export const mul = (a: Operand, b: Operand): Tensor => binary('mul', a, b);

/** a / b, element by element. */
export const div = (a: Operand, b: Operand): Tensor => binary('div', a, b);

/** How the gradient flows back from y: dy into a, and, `period` numbers repeating under it, into b. */
interface Pull {
  back: Backprop;
  dy: number;
  a: Tensor;
  b: Tensor;
  y: Tensor;
}

const PULLBACKS: Readonly<Record<keyof typeof BINARY, (pull: Pull) => void>> = {
  add: ({ back, dy, a, b }) => {
    const { kernels: k } = Tape.current;
    back.into(a, (da, beta) => k.scale(da, dy, 1, a.size, beta));
    back.into(b, (db, beta) => k.sumRows(db, dy, b.size, a.size / b.size, b.size, beta));
  },
  sub: ({ back, dy, a, b }) => {
    const { kernels: k } = Tape.current;
    back.into(a, (da, beta) => k.scale(da, dy, 1, a.size, beta));
    back.into(b, (db, beta) => {
      const total = back.scratch(b.size);
      k.sumRows(total, dy, b.size, a.size / b.size, b.size, 0);
      k.scale(db, total, -1, b.size, beta);
    });
  },
  mul: ({ back, dy, a, b }) => {
    const { kernels: k } = Tape.current;
    back.into(a, (da, beta) => k.binary(da, dy, b.ptr, BINARY.mul, a.size, b.size, beta));
    back.into(b, (db, beta) => k.sumRowsOfProduct(db, dy, a.ptr, a.size / b.size, b.size, beta));
  },
  // da = dy / b, db = -Σ dy·y / b
  div: ({ back, dy, a, b, y }) => {
    const { kernels: k } = Tape.current;
    back.into(a, (da, beta) => k.binary(da, dy, b.ptr, BINARY.div, a.size, b.size, beta));
    back.into(b, (db, beta) => {
      const total = back.scratch(b.size);
      k.sumRowsOfProduct(total, dy, y.ptr, a.size / b.size, b.size, 0);
      k.binary(total, total, b.ptr, BINARY.div, b.size, b.size, 0);
      k.scale(db, total, -1, b.size, beta);
    });
  },
};

/** y = a op b; the kernel repeats b under a, and whatever else broadcasts is copied out first. */
function binary(op: keyof typeof BINARY, left: Operand, right: Operand): Tensor {
  const tape = Tape.current;
  const tensorOf = (x: Operand): Tensor => (typeof x === 'number' ? tape.constant([x], []) : x);
  let [a, b] = [tensorOf(left), tensorOf(right)];
  const shape = broadcastShape(op, a.shape, b.shape);
  if (a.size < b.size && (op === 'add' || op === 'mul')) [a, b] = [b, a];
  a = expand(a, shape);
  if (!repeatsUnder(b.shape, shape)) b = expand(b, shape);
  const y = tape.result(op, shape, [a, b]);
  tape.kernels.binary(y.ptr, a.ptr, b.ptr, BINARY[op], a.size, b.size, 0);
  tape.record([y], (back) => PULLBACKS[op]({ back, dy: back.of(y), a, b, y }));
  return y;
}

/** alpha·x. */
export function scale(x: Tensor, alpha: number): Tensor {
  const tape = Tape.current;
  const k = tape.kernels;
  const y = tape.result('scale', x.shape, [x]);
  k.scale(y.ptr, x.ptr, alpha, x.size, 0);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(x, (dx, beta) => k.scale(dx, dy, alpha, x.size, beta));
  });
  return y;
}

/** -x. */
export const neg = (x: Tensor): Tensor => scale(x, -1);

/** Functions whose slope follows from their value; that of the others follows from x. */
const FROM_VALUE = new Set<keyof typeof UNARY>(['tanh', 'sigmoid', 'relu', 'exp', 'sqrt']);

const unary =
  (name: keyof typeof UNARY) =>
  (x: Tensor): Tensor => {
    const tape = Tape.current;
    const k = tape.kernels;
    const y = tape.result(name, x.shape, [x]);
    k.unaryForward(y.ptr, x.ptr, UNARY[name], x.size);
    tape.record([y], (back) => {
      const dy = back.of(y);
      const v = FROM_VALUE.has(name) ? y : x;
      back.into(x, (dx, beta) => k.unaryBackward(dx, dy, v.ptr, UNARY[name], x.size, beta));
    });
    return y;
  };

/** tanh x, element by element. */
export const tanh = unary('tanh');

/** The logistic function 1/(1 + e^-x), element by element. */
export const sigmoid = unary('sigmoid');

/** max(x, 0), element by element; the slope at 0 is 0. */
export const relu = unary('relu');

/** e^x, element by element. */
export const exp = unary('exp');

/** ln x, element by element. */
export const log = unary('log');

/** √x, element by element. */
export const sqrt = unary('sqrt');

/** |x|, element by element; the slope at 0 is 0. */
export const abs = unary('abs');

/** x², element by element. */
export const square = unary('square');

/** ln(1 + e^x), element by element, without overflow. */
export const softplus = unary('softplus');

/** x·σ(x), element by element. Source: torch.nn.functional.silu. */
export const silu = unary('silu');

/**
 * x held between two bounds, element by element; the slope is 1 from `min` to `max`, 0 beyond. Source: torch.clamp.
 * @throws ConfigError when min is above max
 */
export function clamp(x: Tensor, { min = -Infinity, max = Infinity }: { min?: number; max?: number }): Tensor {
  if (!(min <= max)) throw new ConfigError(`clamp: min must be at most max, got ${min} and ${max}`);
  const tape = Tape.current;
  const k = tape.kernels;
  const y = tape.result('clamp', x.shape, [x]);
  k.clamp(y.ptr, x.ptr, min, max, x.size);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(x, (dx, beta) => k.clampBackward(dx, dy, x.ptr, min, max, x.size, beta));
  });
  return y;
}

import { ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { stack } from './concat.ts';
import { add } from './elementwise.ts';
import type { SequenceOptions } from './sequence.ts';
import { checkLengths, maskTime } from './time.ts';

/** The state of a cell by the names its author gives: `{ h }`, `{ h, c }`. Each tensor is [B, …]. */
export type ScanState = Readonly<Record<string, Tensor>>;

/**
 * One time step of a cell, written with ops.
 *
 * @param x     [B, …], the input of this step
 * @param state what the previous step left
 * @returns y: [B, …], the output of this step, and the next state, with the names and shapes of the previous one
 */
export type ScanStep<State extends ScanState> = (x: Tensor, state: State) => { y: Tensor; state: State };

/**
 * A cell of your own over a whole sequence: `step` for every time step, from the first to the last. Every op of every step
 * is on the tape, so that the gradients are exact; it is slower than the fused sequences of the built-in cells.
 *
 *     const { y, state } = scan((x, { h }) => {
 *       const next = tanh(add(linear(x, wx, bias), linear(h, wh)));
 *       return { y: next, state: { h: next } };
 *     }, x, { h: tape.zeros([B, H]) });
 *
 * Source: jax.lax.scan.
 *
 * @param x     [T, B, …]; what lies beyond an entry's length is read as zeros
 * @param state before the first step
 * @param options lengths: beyond an entry's length its y is zero and its state is held, and no gradient flows
 * @returns y: [T, B, …], and the state after the last step
 * @throws ShapeError when there is no step, when the steps return different shapes of y, or another shape of the state
 */
export function scan<State extends ScanState>(
  step: ScanStep<State>,
  x: Tensor,
  state: State,
  { lengths, reverse = false }: SequenceOptions = {},
): { y: Tensor; state: State } {
  const [T = 0, B = 0, ...rest] = x.shape;
  if (x.shape.length < 2 || T === 0)
    throw new ShapeError(`scan: x must be [T, B, …] with at least one step, got [${x.shape.join(', ')}]`);
  checkLengths('scan', lengths, T, B);
  const input = lengths ? masked(x, lengths) : x;
  const outputs: Tensor[] = new Array(T);
  let current = state;
  for (let n = 0; n < T; n++) {
    const t = reverse ? T - 1 - n : n;
    const { y, state: next } = step(input.row(t).reshape(B, ...rest), current);
    checkState(current, next);
    outputs[t] = y;
    current = lengths ? heldBeyond(lengths, t, current, next) : next;
  }
  const y = stack(outputs);
  return { y: lengths ? masked(y, lengths) : y, state: current };
}

/** Zeros beyond each entry's length, whatever the axes after T and B. */
function masked(x: Tensor, lengths: Int32Array): Tensor {
  const [T, B] = x.shape as [number, number];
  return maskTime(x.reshape(T, B, x.size / (T * B)), lengths).reshape(...x.shape);
}

/** The next state of the entries that are valid at step t, and the previous one of all others. */
function heldBeyond<State extends ScanState>(lengths: Int32Array, t: number, previous: State, next: State): State {
  if (lengths.every((length) => t < length)) return next;
  const isValid = lengths.map((length) => Number(t < length));
  const isOver = lengths.map((length) => Number(t >= length));
  const choose = (name: string, tensor: Tensor): Tensor => {
    const [before, after] = [previous[name] as Tensor, tensor].map((x) => x.reshape(1, ...x.shape)) as [
      Tensor,
      Tensor,
    ];
    return add(masked(after, isValid), masked(before, isOver)).reshape(...tensor.shape);
  };
  return Object.fromEntries(Object.entries(next).map(([name, tensor]) => [name, choose(name, tensor)])) as State;
}

function checkState(previous: ScanState, next: ScanState): void {
  for (const name of new Set([...Object.keys(previous), ...Object.keys(next)])) {
    const [before, after] = [previous[name], next[name]].map((x) => (x ? `[${x.shape.join(', ')}]` : 'nothing'));
    if (before !== after) throw new ShapeError(`scan: the next state must have ${name}: ${before}, got ${after}`);
  }
}

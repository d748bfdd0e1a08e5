import type { Beta, Ptr } from '../backend/backend.ts';
import { Tape } from '../tensor/tape.ts';
import { sizeOf } from '../tensor/tensor.ts';
import { stridesOf } from './shape.ts';

type Axes = readonly number[];

/** y[i₀, i₁, …] = x[i₀·strides[0] + i₁·strides[1] + …] + beta·y, with axes that follow on each other taken as one. */
export function copyStrided(y: Ptr, x: Ptr, shape: Axes, strides: Axes, beta: Beta): void {
  if (shape.includes(0)) return;
  const merged: { length: number; stride: number }[] = [];
  for (const [axis, length] of shape.entries()) {
    const stride = strides[axis] as number;
    const outer = merged.at(-1);
    if (length === 1) continue;
    if (outer && outer.stride === length * stride) merged.splice(-1, 1, { length: outer.length * length, stride });
    else merged.push({ length, stride });
  }
  if (merged.length === 0) merged.push({ length: 1, stride: 0 });
  const tape = Tape.current;
  const int32 = (values: Axes): Ptr => tape.int32(Int32Array.from(values));
  const lengths = int32(merged.map(({ length }) => length));
  const steps = int32(merged.map(({ stride }) => stride));
  tape.kernels.copyStrided(y, x, lengths, steps, merged.length, beta);
}

/** y = Σ of x: [shape] over the axes of `isReduced` + beta·y, the axes that are left in order. */
export function sumInto(y: Ptr, x: Ptr, shape: readonly number[], isReduced: readonly boolean[], beta: Beta): void {
  const tape = Tape.current;
  const k = tape.kernels;
  const axes = [...shape.keys()].filter((axis) => shape[axis] !== 1);
  const kept = axes.filter((axis) => !isReduced[axis]);
  const reduced = axes.filter((axis) => isReduced[axis]);
  const lengthsOf = (some: readonly number[]): number[] => some.map((axis) => shape[axis] as number);
  const [outputs, terms] = [sizeOf(lengthsOf(kept)), sizeOf(lengthsOf(reduced))];
  if (kept.length > 0 && reduced.every((axis) => axis < (kept[0] as number))) {
    k.sumRows(y, x, outputs, terms, outputs, beta);
    return;
  }
  let rows = x;
  if (kept.some((axis) => axis > (reduced[0] as number))) {
    const strides = stridesOf(shape);
    const order = [...kept, ...reduced];
    rows = tape.allocate(outputs * terms * tape.backend.heap.realBytes);
    copyStrided(
      rows,
      x,
      lengthsOf(order),
      order.map((axis) => strides[axis] as number),
      0,
    );
  }
  k.sumColumns(y, rows, outputs, terms, beta);
}

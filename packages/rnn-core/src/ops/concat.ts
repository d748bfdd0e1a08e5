import { ShapeError } from '../errors.ts';
import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { lastAxis } from './shape.ts';

/**
 * Tensors side by side along the last axis.
 *
 * @param parts [..., N₁], [..., N₂], …, the same but for the last axis
 * @returns [..., N₁ + N₂ + …]
 * @throws ShapeError when another axis differs, or there is no part
 */
export function concat(parts: readonly Tensor[]): Tensor {
  const [first] = parts;
  if (!first) throw new ShapeError('concat: parts must be at least one, got none');
  const { outer, rows } = lastAxis('concat: parts', first);
  const widths = parts.map((part) => {
    const found = lastAxis('concat: parts', part);
    if (found.outer.join() !== outer.join())
      throw new ShapeError(`concat: parts must be [${outer.join(', ')}, N], got [${part.shape.join(', ')}]`);
    return found.cols;
  });
  const total = widths.reduce((sum, width) => sum + width, 0);
  const tape = Tape.current;
  const k = tape.kernels;
  const { realBytes } = tape.backend.heap;
  const y = tape.result('concat', [...outer, total], parts);
  let from = 0;
  const placed = parts.map((x, p) => {
    const place = { x, width: widths[p] as number, at: from * realBytes };
    from += place.width;
    return place;
  });
  for (const { x, width, at } of placed) k.copyRows(y.ptr + at, total, x.ptr, width, rows, width, 0);
  tape.record([y], (back) => {
    const dy = back.of(y);
    for (const { x, width, at } of placed)
      back.into(x, (dx, beta) => k.copyRows(dx, width, dy + at, total, rows, width, beta));
  });
  return y;
}

/**
 * Columns `from` up to `to` of the last axis. Rows of the first axis are had without a copy: {@link Tensor.rows}.
 *
 * @param x [..., N]
 * @returns [..., to - from]
 * @throws ShapeError when the range is not inside
 */
export function slice(x: Tensor, from: number, to: number): Tensor {
  const { outer, rows, cols } = lastAxis('slice: x', x);
  if (!(from >= 0 && from <= to && to <= cols))
    throw new ShapeError(`slice: range must lie in [0, ${cols}], got [${from}, ${to}]`);
  const tape = Tape.current;
  const k = tape.kernels;
  const width = to - from;
  const at = from * tape.backend.heap.realBytes;
  const y = tape.result('slice', [...outer, width], [x]);
  k.copyRows(y.ptr, width, x.ptr + at, cols, rows, width, 0);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(x, (dx, beta) => {
      if (beta === 0) k.fill(dx, 0, x.size);
      k.copyRows(dx + at, cols, dy, width, rows, width, 1);
    });
  });
  return y;
}

import { ShapeError } from '../errors.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';

type Shape = readonly number[];

/**
 * Reads a tensor as rows of its last axis.
 * @throws ShapeError when there is no axis, or the last one is not `wanted` long
 */
export function lastAxis(
  where: string,
  { shape }: Tensor,
  wanted?: number,
): { outer: Shape; rows: number; cols: number } {
  const cols = shape.at(-1);
  if (cols === undefined || (wanted !== undefined && cols !== wanted))
    throw new ShapeError(`${where} must be [..., ${wanted ?? 'N'}], got [${shape.join(', ')}]`);
  const outer = shape.slice(0, -1);
  return { outer, rows: sizeOf(outer), cols };
}

/**
 * The index of an axis, counted from the end where `dim` is negative.
 * @throws ShapeError when there is no such axis
 */
export function axisOf(where: string, { shape }: { readonly shape: Shape }, dim: number): number {
  const axis = dim < 0 ? dim + shape.length : dim;
  if (!(Number.isInteger(axis) && axis >= 0 && axis < shape.length))
    throw new ShapeError(`${where}: dim must be an axis of [${shape.join(', ')}], got ${dim}`);
  return axis;
}

/**
 * The shape that tensors of shapes a and b are both repeated to: from the right, axes are equal or one of them is 1.
 * Source: NumPy's broadcasting.
 * @throws ShapeError when they are not
 */
export function broadcastShape(where: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const padded = (shape: Shape): Shape => [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const right = padded(b);
  return padded(a).map((length, k) => {
    const other = right[k] as number;
    if (length !== other && length !== 1 && other !== 1)
      throw new ShapeError(`${where}: shapes must broadcast, got [${a.join(', ')}] and [${b.join(', ')}]`);
    return length === 1 ? other : length;
  });
}

/** Whether x, read over and over, fills a shape: its axes are the last of it, or there is one number. */
export function repeatsUnder(x: Shape, shape: Shape): boolean {
  const core = x.slice(x.findIndex((length) => length !== 1));
  const tail = shape.slice(shape.length - core.length);
  return sizeOf(x) === 1 || core.every((length, k) => length === tail[k]);
}

/** How many elements lie from one index of each axis to the next. */
export function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

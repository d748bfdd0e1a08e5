import { ShapeError } from '../errors.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';

/**
 * Reads a tensor as rows of its last axis.
 * @throws ShapeError when there is no axis, or the last one is not `wanted` long
 */
export function lastAxis(
  where: string,
  { shape }: Tensor,
  wanted?: number,
): { outer: readonly number[]; rows: number; cols: number } {
  const cols = shape.at(-1);
  if (cols === undefined || (wanted !== undefined && cols !== wanted))
    throw new ShapeError(`${where} must be [..., ${wanted ?? 'N'}], got [${shape.join(', ')}]`);
  const outer = shape.slice(0, -1);
  return { outer, rows: sizeOf(outer), cols };
}

/**
 * How often `b` repeats under `a`: their shapes agree from the right, axes of length 1 at b's front aside.
 * @returns the size of b
 * @throws ShapeError when they do not
 */
export function broadcastPeriod(where: string, a: Tensor, b: Tensor): number {
  const core = b.shape.slice(b.shape.findIndex((length) => length !== 1));
  const tail = a.shape.slice(a.shape.length - core.length);
  if (b.size !== 1 && (core.length > a.shape.length || core.some((length, k) => length !== tail[k])))
    throw new ShapeError(`${where} must be the last axes of [${a.shape.join(', ')}], got [${b.shape.join(', ')}]`);
  return b.size;
}

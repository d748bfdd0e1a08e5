import { ShapeError } from '../errors.ts';
import { Tape } from '../tensor/tape.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';
import { axisOf } from './shape.ts';

/**
 * Tensors one after another along an axis. Source: torch.cat.
 *
 * @param tensors the same shapes but for that axis
 * @throws ShapeError when another axis differs, or there is no tensor
 */
export function concat(tensors: readonly Tensor[], dim: number): Tensor {
  const [first] = tensors;
  if (!first) throw new ShapeError('concat: tensors must be at least one, got none');
  const axis = axisOf('concat', first, dim);
  const others = (x: Tensor): (number | string)[] => x.shape.with(axis, 0).map((n, k) => (k === axis ? 'N' : n));
  for (const x of tensors)
    if (x.shape.length !== first.shape.length || others(x).join() !== others(first).join())
      throw new ShapeError(`concat: tensors must be [${others(first).join(', ')}], got [${x.shape.join(', ')}]`);
  const tape = Tape.current;
  const k = tape.kernels;
  const { realBytes } = tape.backend.heap;
  const length = tensors.reduce((total, x) => total + (x.shape[axis] as number), 0);
  const y = tape.result('concat', first.shape.with(axis, length), tensors);
  const rows = sizeOf(first.shape.slice(0, axis));
  const ld = sizeOf(y.shape.slice(axis));
  let from = 0;
  const parts = tensors.map((x) => {
    const part = { x, width: sizeOf(x.shape.slice(axis)), offset: from * realBytes };
    from += part.width;
    return part;
  });
  for (const { x, width, offset } of parts) k.copyRows(y.ptr + offset, ld, x.ptr, width, rows, width, 0);
  tape.record([y], (back) => {
    const dy = back.of(y);
    for (const { x, width, offset } of parts)
      back.into(x, (dx, beta) => k.copyRows(dx, width, dy + offset, ld, rows, width, beta));
  });
  return y;
}

/**
 * Tensors of one shape along a new axis. Source: torch.stack.
 * @throws ShapeError when a shape differs, or there is no tensor
 */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  const [first] = tensors;
  if (!first) throw new ShapeError('stack: tensors must be at least one, got none');
  const shape = first.shape.toSpliced(dim < 0 ? first.shape.length + 1 + dim : dim, 0, 1);
  const axis = axisOf('stack', { shape }, dim);
  return concat(
    tensors.map((x) => {
      if (x.shape.join() !== first.shape.join())
        throw new ShapeError(`stack: tensors must be [${first.shape.join(', ')}], got [${x.shape.join(', ')}]`);
      return x.reshape(...shape);
    }),
    axis,
  );
}

/**
 * Positions `start` up to `end` of an axis. Rows of the first axis are had without a copy: {@link Tensor.rows}.
 * @throws ShapeError when the range is not inside
 */
export function slice(x: Tensor, start: number, end: number, dim = -1): Tensor {
  const axis = axisOf('slice', x, dim);
  const length = x.shape[axis] as number;
  if (!(start >= 0 && start <= end && end <= length))
    throw new ShapeError(`slice: range must lie in [0, ${length}], got [${start}, ${end}]`);
  const tape = Tape.current;
  const k = tape.kernels;
  const rows = sizeOf(x.shape.slice(0, axis));
  const inner = sizeOf(x.shape.slice(axis + 1));
  const [ld, width] = [length * inner, (end - start) * inner];
  const offset = start * inner * tape.backend.heap.realBytes;
  const y = tape.result('slice', x.shape.with(axis, end - start), [x]);
  k.copyRows(y.ptr, width, x.ptr + offset, ld, rows, width, 0);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(x, (dx, beta) => {
      if (beta === 0) k.fill(dx, 0, x.size);
      k.copyRows(dx + offset, ld, dy, width, rows, width, 1);
    });
  });
  return y;
}

/** N tensors as a tuple where N is known when it is compiled. */
type Chunks<N extends number, Found extends readonly Tensor[] = []> = number extends N
  ? Tensor[]
  : Found['length'] extends N
    ? Found
    : Chunks<N, [...Found, Tensor]>;

/**
 * A tensor in `chunks` equal parts along an axis, such as the gates of a cell. Source: torch.chunk.
 * @throws ShapeError when the axis cannot be divided into so many equal parts
 */
export function chunk<const N extends number>(x: Tensor, chunks: N, dim = -1): Chunks<N> {
  const length = x.shape[axisOf('chunk', x, dim)] as number;
  const width = length / chunks;
  if (!Number.isInteger(width)) throw new ShapeError(`chunk: axis must divide into ${chunks} parts, got ${length}`);
  return Array.from({ length: chunks }, (_, k) => slice(x, k * width, (k + 1) * width, dim)) as Chunks<N>;
}

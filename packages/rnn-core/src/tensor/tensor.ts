import type { Backend, Ptr } from '../backend/backend.ts';
import type { Real } from '../backend/heap.ts';
import { BackendError, ShapeError } from '../errors.ts';

/** The memory one or more tensors look into, and where its gradient stands. */
export interface Storage {
  readonly backend: Backend;
  /** What made it: an op, or the full name of a parameter. */
  readonly name: string;
  /** Elements. */
  readonly size: number;
  readonly ptr: Ptr;
  needsGrad: boolean;
  /** The tape it was made on; none for what outlives all tapes. */
  readonly owner?: object;
  /** Whether it is a parameter. */
  readonly learnt?: boolean;
  /** Of a sparse parameter: the number of rows, and which have a gradient; the gradients of all others are zero. */
  readonly byRow?: { readonly count: number; readonly touched: Set<number> };
  /** Computes the numbers when they are first read; undefined once that is done, and for what was computed at once. */
  pending?: (() => void) | undefined;
  /** Why it may not be read any more; undefined while it may. */
  ended?: string;
  /** Where the gradient lies; 0 before anything has flowed. */
  gradient: Ptr;
  /** Whether the gradient holds this step's numbers yet. */
  flowed: boolean;
}

/** A shape with a pointer: real numbers, row-major, in a backend's heap. */
export class Tensor {
  readonly shape: readonly number[];
  /** Elements from the start of the storage to the first of this tensor. */
  readonly offset: number;
  readonly storage: Storage;

  constructor(storage: Storage, shape: readonly number[], offset = 0) {
    this.storage = storage;
    this.shape = shape;
    this.offset = offset;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** @throws BackendError when the step that made the tensor has ended, or an op has consumed it */
  get ptr(): Ptr {
    const { storage } = this;
    if (storage.ended) throw new BackendError(`Tensor ${storage.name}: ${storage.ended}`);
    if (storage.pending) {
      const compute = storage.pending;
      storage.pending = undefined;
      compute();
    }
    return storage.ptr + this.offset * storage.backend.heap.realBytes;
  }

  /** A view of the numbers, valid until the heap next grows. */
  view(): Real {
    return this.storage.backend.heap.real(this.ptr, this.size);
  }

  /** A copy of the numbers. */
  toArray(): Real {
    return this.view().slice();
  }

  /**
   * The one number of a tensor of one element.
   * @throws ShapeError when there are more
   */
  item(): number {
    if (this.size !== 1) throw new ShapeError(`Tensor.item: size must be 1, got [${this.shape.join(', ')}]`);
    return this.view()[0] as number;
  }

  /**
   * The same numbers under another shape; nothing is copied.
   * @throws ShapeError when the sizes differ
   */
  reshape(...shape: readonly number[]): Tensor {
    if (sizeOf(shape) !== this.size)
      throw new ShapeError(`Tensor.reshape: size must stay ${this.size}, got [${shape.join(', ')}]`);
    return new Tensor(this.storage, shape, this.offset);
  }

  /**
   * Rows `from` up to `to` of the first axis; nothing is copied.
   * @throws ShapeError when they are not inside
   */
  rows(from: number, to: number): Tensor {
    const [count = 0, ...rest] = this.shape;
    if (!(from >= 0 && from <= to && to <= count))
      throw new ShapeError(`Tensor.rows: range must lie in [0, ${count}], got [${from}, ${to}]`);
    return new Tensor(this.storage, [to - from, ...rest], this.offset + from * sizeOf(rest));
  }

  /** Row k of the first axis, without that axis; nothing is copied. */
  row(k: number): Tensor {
    return this.rows(k, k + 1).reshape(...this.shape.slice(1));
  }
}

/** Whole numbers in the heap until their step ends: token ids, class labels. */
export class Ids {
  readonly backend: Backend;
  readonly values: Int32Array;
  readonly shape: readonly number[];
  readonly #ptr: Ptr;
  /** Whether the step that made them has ended. */
  ended = false;

  constructor(backend: Backend, values: Int32Array, shape: readonly number[], ptr: Ptr) {
    this.backend = backend;
    this.values = values;
    this.shape = shape;
    this.#ptr = ptr;
  }

  /** @throws BackendError when the step that made them has ended */
  get ptr(): Ptr {
    if (this.ended) throw new BackendError('Ids: the step that made them has ended; make them again');
    return this.#ptr;
  }
}

/** @throws ShapeError when an axis is not a whole number of at least 0 */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const axis of shape) {
    if (!(Number.isSafeInteger(axis) && axis >= 0))
      throw new ShapeError(`Tensor: shape must be whole numbers of at least 0, got [${shape.join(', ')}]`);
    size *= axis;
  }
  return size;
}

/**
 * Reads a shape by its axes' names.
 *
 * @param where what is being checked, for the message: `Lstm.forward: x`
 * @param names the axes, separated by blanks: `T B I`
 * @param wanted what some of the axes must be
 * @returns the length of each axis
 * @throws ShapeError `Lstm.forward: x must be [T, B, I=64], got [35, 20, 128]`
 */
export function axes<Names extends string>(
  where: string,
  { shape }: { readonly shape: readonly number[] },
  names: Names,
  wanted: Readonly<Record<string, number>> = {},
): Record<AxisOf<Names>, number> {
  const list = names.split(' ');
  const fits =
    shape.length === list.length && list.every((name, k) => wanted[name] === undefined || wanted[name] === shape[k]);
  if (!fits) {
    const form = list.map((name) => (wanted[name] === undefined ? name : `${name}=${wanted[name]}`)).join(', ');
    throw new ShapeError(`${where} must be [${form}], got [${shape.join(', ')}]`);
  }
  return Object.fromEntries(list.map((name, k) => [name, shape[k]])) as Record<AxisOf<Names>, number>;
}

type AxisOf<Names extends string> = Names extends `${infer Head} ${infer Tail}` ? Head | AxisOf<Tail> : Names;

/** Numbers with a shape, row-major. Booleans are 0 and 1. */
export interface NumberArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** An array of the given numbers, or of zeros. */
export function array(shape: readonly number[], data?: ArrayLike<number>): NumberArray {
  const size = shape.reduce((product, n) => product * n, 1);
  if (data && size !== data.length)
    throw new Error(`array: [${String(shape)}] must hold ${size} numbers, got ${data.length}`);
  return { shape, data: data ? Float64Array.from(data) : new Float64Array(size) };
}

/** An array whose element at each index is `value(index)`. */
export function generate(shape: readonly number[], value: (index: readonly number[]) => number): NumberArray {
  const result = array(shape);
  const index = shape.map(() => 0);
  for (let k = 0; k < result.data.length; k++) {
    result.data[k] = value(index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if (index[axis] !== shape[axis]) break;
      index[axis] = 0;
    }
  }
  return result;
}

/** The element at an index; axes of length 1, and missing leading ones, are broadcast. */
export function at({ shape, data }: NumberArray, index: readonly number[]): number {
  const skipped = index.length - shape.length;
  let k = 0;
  for (const [axis, n] of shape.entries()) {
    const i = n === 1 ? 0 : (index[skipped + axis] as number);
    if (!(i >= 0 && i < n)) throw new Error(`array [${String(shape)}]: index [${String(index)}] is outside`);
    k = k * n + i;
  }
  return data[k] as number;
}

/** The shape that arrays broadcast to, as in numpy. */
export function broadcast(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    const lengths = shapes.map((shape) => shape[shape.length - rank + axis] ?? 1).filter((n) => n !== 1);
    if (new Set(lengths).size > 1) throw new Error(`shapes do not broadcast: [${shapes.join('] [')}]`);
    return lengths[0] ?? 1;
  });
}

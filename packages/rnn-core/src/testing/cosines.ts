import { sizeOf } from '../tensor/tensor.ts';

/** cos(0.7·k + phase), row-major: numbers that any language makes, as the scripts beside the golden vectors do. */
export function cosines(shape: readonly number[], phase: number): Float64Array {
  return Float64Array.from({ length: sizeOf(shape) }, (_, k) => Math.cos(0.7 * k + phase));
}

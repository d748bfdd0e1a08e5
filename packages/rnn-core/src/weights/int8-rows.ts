import { CheckpointError } from '../errors.ts';
import type { SavedTensor, SavedTensors } from './safetensors.ts';

/** What the scales of a tensor are called: its name with this behind it. */
const SCALE = '_scale';

/**
 * Rounds matrices to 8 bits, with one scale for each row: the largest value of a row becomes ±127.
 *
 *     w[n, …] ≈ scale[n]·q[n, …]     scale[n] = max |w[n, …]| / 127     q in -127 … 127
 *
 * Vectors, such as biases, and matrices of one column stay as they are. The scales are tensors of the file, [N] float32, named as those of
 * compressed-tensors: `head.weight` has `head.weight_scale`.
 */
export function quantizeRows(tensors: SavedTensors): Map<string, SavedTensor> {
  return new Map(
    [...tensors].flatMap(([name, { shape, data }]): [string, SavedTensor][] => {
      const isFloat = data instanceof Float32Array || data instanceof Float64Array;
      const N = shape.length > 1 ? (shape[0] as number) : data.length;
      const width = data.length / Math.max(N, 1);
      if (!isFloat || width < 2) return [[name, { shape, data }]];
      const scales = new Float32Array(N);
      const rounded = new Int8Array(data.length);
      for (let n = 0; n < N; n++) {
        const row = data.subarray(n * width, (n + 1) * width);
        let largest = 0;
        for (const value of row) largest = Math.max(largest, Math.abs(value));
        scales[n] = largest / 127;
        const scale = scales[n] as number; // as it is stored
        if (scale === 0) continue;
        for (const [k, value] of row.entries())
          rounded[n * width + k] = Math.max(-127, Math.min(Math.round(value / scale), 127)); // subnormal scales are coarse
      }
      return [
        [name, { shape, data: rounded }],
        [name + SCALE, { shape: [N], data: scales }],
      ];
    }),
  );
}

/**
 * Undoes {@link quantizeRows}, as float32. What is not rounded stays as it is.
 *
 * @throws CheckpointError when the scales of a tensor are not one float32 for each of its rows
 */
export function dequantizeRows(tensors: SavedTensors, where: string): SavedTensors {
  const left = new Map(tensors);
  for (const [name, { shape, data }] of tensors) {
    const scales = tensors.get(name + SCALE);
    if (!(data instanceof Int8Array && scales)) continue;
    const N = shape[0] ?? 0;
    if (!(scales.data instanceof Float32Array && scales.shape.join() === String(N) && shape.length > 1))
      throw new CheckpointError(
        `${where}: ${name}${SCALE} must be F32 [${N}], got [${scales.shape.join(', ')}]; the file is damaged`,
      );
    const width = data.length / Math.max(N, 1);
    const values = new Float32Array(data.length);
    for (const [n, scale] of scales.data.entries())
      for (let k = n * width; k < (n + 1) * width; k++) values[k] = (data[k] as number) * scale;
    left.set(name, { shape, data: values });
    left.delete(name + SCALE);
  }
  return left;
}

import { CheckpointError } from '../errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { dequantizeRows } from './int8-rows.ts';
import {
  decodeSafetensors,
  encodeSafetensors,
  type FloatDtype,
  type SavedTensor,
  type SavedTensors,
} from './safetensors.ts';

/** Tensors by name: of a `Module`, of its `Parameters`, or any others. */
export type NamedTensors =
  | Iterable<readonly [string, Tensor]>
  | {
      /** Every parameter with its full name. */
      namedParameters(): Iterable<readonly [string, Tensor]>;
    };

/**
 * Returns a model's weights as the bytes of a safetensors file, under torch's names.
 *
 *     writeFileSync('model.safetensors', saveWeights(model));
 *
 * Source: safetensors.torch.save_model.
 *
 * @param metadata what else to write into the file's header
 * @param options as those of {@link encodeSafetensors}
 */
export function saveWeights(
  model: NamedTensors,
  metadata: Readonly<Record<string, string>> = {},
  options: { readonly floats?: FloatDtype | undefined } = {},
): Uint8Array {
  const parts = encodeSafetensors(savedTensors(model), { format: 'pt', ...metadata }, options);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Reads weights into a model that has memory: see `Parameters.create`. Every name and shape must agree. Those stored in
 * half precision or in 8 bits ({@link quantizeRows}) become float32.
 *
 *     loadWeights(model, readFileSync('model.safetensors'));
 *
 * Source: safetensors.torch.load_model with `strict`.
 *
 * @param weights the bytes of a safetensors file, or tensors read from one
 * @param where the file's name, for messages
 * @throws CheckpointError when the file is damaged, a name is missing or too many, a shape is another, or a value is NaN or Infinity
 */
export function loadWeights(model: NamedTensors, weights: Uint8Array | SavedTensors, where = 'weights'): void {
  const saved = weights instanceof Uint8Array ? decodeSafetensors(weights, where).tensors : weights;
  loadTensors(model, dequantizeRows(saved, where), where);
}

/** Tensors by name as a file takes them. They are views: copy or write them before the heap next grows. */
export function savedTensors(tensors: NamedTensors): Map<string, SavedTensor> {
  return new Map(
    Array.from(entries(tensors), ([name, tensor]) => [name, { shape: tensor.shape, data: tensor.view() }]),
  );
}

/**
 * Copies what was saved into the tensors of the same names.
 *
 * @param where what was read, for messages
 * @throws CheckpointError when a name is missing or too many, a shape is another, or a value is NaN or Infinity
 */
export function loadTensors(tensors: NamedTensors, saved: SavedTensors, where: string): void {
  const left = new Map(saved);
  for (const [name, tensor] of entries(tensors)) {
    const found = left.get(name);
    if (!found) throw new CheckpointError(`${where}: must hold ${name}, got ${[...saved.keys()].join(', ')}`);
    if (found.shape.join() !== tensor.shape.join())
      throw new CheckpointError(
        `${where}: ${name} must be [${tensor.shape.join(', ')}], got [${found.shape.join(', ')}]`,
      );
    tensor.view().set(finiteValues(found, name, where));
    left.delete(name);
  }
  const [extra] = left.keys();
  if (extra !== undefined) throw new CheckpointError(`${where}: must not hold ${extra}, which this model lacks`);
}

/** The values of a saved tensor. @throws CheckpointError when they are no weights */
export function finiteValues({ data }: SavedTensor, name: string, where: string): Float32Array | Float64Array {
  if (!(data instanceof Float32Array || data instanceof Float64Array))
    throw new CheckpointError(`${where}: ${name} must hold floating-point values, got ${data.constructor.name}`);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new CheckpointError(
      `${where}: ${name} must be finite, got ${data[bad]} at index ${bad}; the file is damaged`,
    );
  return data;
}

export const entries = (tensors: NamedTensors): Iterable<readonly [string, Tensor]> =>
  'namedParameters' in tensors ? tensors.namedParameters() : tensors;

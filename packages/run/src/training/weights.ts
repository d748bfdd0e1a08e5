import { CheckpointError, type Tensor } from '@unroll/rnn-core';
import type { SavedTensor, SavedTensors } from './safetensors.ts';

/** Tensors by name as a checkpoint takes them. They are views: write them before the heap next grows. */
export function savedTensors(tensors: Iterable<readonly [string, Tensor]>): Map<string, SavedTensor> {
  return new Map(Array.from(tensors, ([name, tensor]) => [name, { shape: tensor.shape, data: tensor.view() }]));
}

/**
 * Writes what was saved into the tensors of the same names.
 *
 * @param where what was read, for messages
 * @throws CheckpointError when a name is missing or too many, or a shape is another
 */
export function loadTensors(tensors: Iterable<readonly [string, Tensor]>, saved: SavedTensors, where: string): void {
  const left = new Map(saved);
  for (const [name, tensor] of tensors) {
    const found = left.get(name);
    if (!found) throw new CheckpointError(`${where}: must hold ${name}, got ${[...saved.keys()].join(', ')}`);
    if (found.shape.join() !== tensor.shape.join())
      throw new CheckpointError(
        `${where}: ${name} must be [${tensor.shape.join(', ')}], got [${found.shape.join(', ')}]`,
      );
    if (!(found.data instanceof Float32Array || found.data instanceof Float64Array))
      throw new CheckpointError(`${where}: ${name} must hold real numbers, got ${found.data.constructor.name}`);
    tensor.view().set(found.data);
    left.delete(name);
  }
  const [extra] = left.keys();
  if (extra !== undefined) throw new CheckpointError(`${where}: must not hold ${extra}, which this model lacks`);
}

import { CheckpointError } from '../errors.ts';
import type { SavedTensors } from './safetensors.ts';
import { entries, finiteValues, type NamedTensors } from './weights.ts';

/** What of another model's weights is not copied as it is. */
export interface TransferOptions {
  /**
   * Tensors with a row for each token of a vocabulary, by name: for each row here the other model's row, or −1 for a
   * token that the other lacks.
   */
  readonly rows?: ReadonlyMap<string, Int32Array> | undefined;
  /** Names of tensors that are not taken over, such as the head of a classifier with other labels. */
  readonly without?: ReadonlySet<string> | undefined;
}

/**
 * Starts a model from the weights of another one, of the same structure but perhaps another vocabulary. What is not taken
 * over keeps the values that it has.
 *
 *     transferWeights(model, weights, { rows: new Map([['embedding.weight', matchTokens(characters, earlier)]]) });
 *
 * @param where names the other model in error messages
 * @throws CheckpointError when a tensor is missing or too many, or has another shape, with its name and both shapes
 */
export function transferWeights(
  model: NamedTensors,
  weights: SavedTensors,
  { rows = new Map<string, Int32Array>(), without = new Set<string>() }: TransferOptions = {},
  where = 'weights',
): void {
  const left = new Set(weights.keys());
  for (const [name, tensor] of entries(model)) {
    left.delete(name);
    if (without.has(name)) continue;
    const found = weights.get(name);
    if (!found) throw new CheckpointError(`${where}: must hold ${name}, got ${[...weights.keys()].join(', ')}`);
    const values = finiteValues(found, name, where);
    const sources = rows.get(name);
    const [, ...width] = tensor.shape;
    const expected = sources ? [found.shape[0] ?? 0, ...width] : tensor.shape;
    if (found.shape.join() !== expected.join())
      throw new CheckpointError(
        `${where}: ${name} must be [${expected.join(', ')}], got [${found.shape.join(', ')}]; only a model of the same sizes can start from these weights`,
      );
    if (!sources) {
      tensor.view().set(values);
      continue;
    }
    const size = width.reduce((product, axis) => product * axis, 1);
    for (const [row, source] of sources.entries())
      if (source >= 0) tensor.view().set(values.subarray(source * size, (source + 1) * size), row * size);
  }
  const extra = [...left].find((name) => !without.has(name));
  if (extra !== undefined) throw new CheckpointError(`${where}: must not hold ${extra}, which this model lacks`);
}

import { CheckpointError } from '../errors.ts';
import type { SavedTensor, SavedTensors } from './safetensors.ts';

/**
 * The mean of several models' weights, such as those of the last checkpoints of a training.
 *
 * Source: torch.optim.swa_utils.AveragedModel without `avg_fn` (Izmailov et al. 2018).
 *
 * @param models at least one, all with the same tensors
 * @throws CheckpointError when a tensor is missing or has another shape
 */
export function averageWeights(models: readonly SavedTensors[]): Map<string, SavedTensor> {
  const [first = new Map<string, SavedTensor>()] = models;
  return new Map(
    Array.from(first, ([name, { shape, data }]) => {
      const sum = new Float64Array(data.length);
      for (const model of models) {
        const found = model.get(name);
        if (found?.shape.join() !== shape.join())
          throw new CheckpointError(
            `averageWeights: ${name} must be [${shape.join(', ')}] in every model, got ${found ? `[${found.shape.join(', ')}]` : 'none'}`,
          );
        for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] as number) + Number(found.data[k]);
      }
      const mean = sum.map((value) => value / models.length);
      return [name, { shape, data: data instanceof Float64Array ? mean : Float32Array.from(mean) }] as const;
    }),
  );
}

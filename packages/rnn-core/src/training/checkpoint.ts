import { builtFrom } from '../weights/model-files.ts';
import type { SavedTensors } from '../weights/safetensors.ts';
import { loadTensors, savedTensors } from '../weights/weights.ts';
import { EarlyStopping } from './early-stopping.ts';
import type { JsonObject } from './json.ts';
import { savedCounts, savedNumbers, savedObject } from './saved-state.ts';
import type { TrainingTask } from './training-task.ts';

/** Everything a training needs to resume to the same bits. */
export interface Checkpoint {
  readonly step: number;
  /** The model's, by the names other programs know them by; with a moving average of the weights, the average. */
  readonly weights: SavedTensors;
  /** Every other array: the optimiser's moments, the carried state, the weights that are averaged. */
  readonly trainer: SavedTensors;
  /** Everything that is not an array: the position in the data, counters, the best loss so far. */
  readonly state: JsonObject;
}

/** What a store of checkpoints is told of one. */
export interface SaveOptions {
  /** Whether its validation loss is the lowest so far. */
  readonly isBest: boolean;
  /** The validation loss of its weights; undefined for a checkpoint between validations. */
  readonly loss?: number | undefined;
}

/** Where a training keeps its checkpoints: memory, a folder, a browser's database. */
export interface CheckpointStore {
  /** The checkpoint to resume from; undefined in a new training. */
  last(): Checkpoint | undefined | Promise<Checkpoint | undefined>;
  /**
   * Replaces the last checkpoint; with `isBest`, the best weights too. The tensors are views of the heap: copy or write
   * them before the first `await`.
   */
  save(checkpoint: Checkpoint, options: SaveOptions): void | Promise<void>;
  /** The weights with the lowest validation loss; undefined before the first validation. */
  best(): SavedTensors | undefined | Promise<SavedTensors | undefined>;
}

/** Keeps checkpoints in memory. */
export class MemoryCheckpoints implements CheckpointStore {
  #last: Checkpoint | undefined;
  #best: SavedTensors | undefined;

  last(): Checkpoint | undefined {
    return this.#last;
  }

  save(checkpoint: Checkpoint, { isBest }: SaveOptions): void {
    this.#last = { ...checkpoint, weights: copied(checkpoint.weights), trainer: copied(checkpoint.trainer) };
    if (isBest) this.#best = this.#last.weights;
  }

  best(): SavedTensors | undefined {
    return this.#best;
  }
}

const copied = (tensors: SavedTensors): SavedTensors =>
  new Map(Array.from(tensors, ([name, { shape, data }]) => [name, { shape, data: data.slice() }]));

/** What the training is after a step, while `learner.averaged()` is in force. @param firstLoss that of step 1 */
export function checkpointOf(
  step: number,
  task: TrainingTask,
  early: EarlyStopping,
  firstLoss: number | undefined,
): Checkpoint {
  const { learner, carried = [] } = task;
  return {
    step,
    weights: savedTensors(learner.parameters),
    trainer: savedTensors([...learner.moments(), ...carried]),
    state: {
      learner: learner.state(),
      early: { best: early.best, stale: early.stale },
      task: task.state?.() ?? {},
      ...(firstLoss === undefined ? {} : { firstLoss }),
    },
  };
}

/** What a training is before its first step, for a store that begins with it: weights that are not those of the seed. */
export const initialCheckpoint = (task: TrainingTask): Checkpoint => {
  using _ = task.learner.averaged();
  return checkpointOf(0, task, new EarlyStopping(Number.POSITIVE_INFINITY), undefined);
};

/** The loss of step 1; undefined in an older checkpoint. */
export function firstLossOf({ state }: Checkpoint): number | undefined {
  return typeof state['firstLoss'] === 'number' ? state['firstLoss'] : undefined;
}

/**
 * A checkpoint that no validation loss is compared with any more, of early stopping or of the plateau schedule: for
 * validation data that has changed.
 */
export function withoutBest({ state, ...checkpoint }: Checkpoint): Checkpoint {
  const learner = savedObject(state['learner'], 'learner');
  const fresh = { best: Number.MAX_VALUE, stale: 0 };
  const schedule = { ...savedObject(learner['schedule'], 'learner.schedule'), ...fresh };
  return { ...checkpoint, state: { ...state, early: fresh, learner: { ...learner, schedule } } };
}

/** Makes a training what it was after a step. @throws CheckpointError when the checkpoint is damaged, or of another model */
export function restoreCheckpoint(checkpoint: Checkpoint, task: TrainingTask, early: EarlyStopping): void {
  const { step, weights, trainer, state } = checkpoint;
  const { learner, carried = [] } = task;
  const where = `checkpoint of step ${step}`;
  {
    using _ = learner.averaged();
    loadTensors(learner.parameters, weights, where);
    loadTensors([...learner.moments(), ...carried], trainer, where);
  }
  builtFrom(where, () => {
    learner.restore(savedObject(state['learner'], 'learner'));
    const { best, stale } = early;
    const { early: saved } = state;
    Object.assign(early, savedNumbers(saved, { best }, 'early'), savedCounts(saved, { stale }, 'early'));
    task.restore?.(savedObject(state['task'], 'task'));
  });
}

import type { Checkpoint, CheckpointStore, SavedTensors, SaveOptions } from '@unroll/rnn-core';
import type { BestWeights, Runs, SavedRun } from './runs.ts';

/** The checkpoints of one run, kept among those of its room. */
export class RunStore<Setup> implements CheckpointStore {
  readonly #runs: Runs<Setup>;
  readonly #setup: Setup;
  readonly #shown: () => unknown;
  #run: SavedRun<Setup> | undefined;

  /** @param shown what the page shows of the run when it is saved */
  constructor(runs: Runs<Setup>, setup: Setup, shown: () => unknown, run?: SavedRun<Setup>) {
    this.#runs = runs;
    this.#setup = setup;
    this.#shown = shown;
    this.#run = run;
  }

  last(): Checkpoint | undefined {
    return this.#run?.checkpoint;
  }

  best(): SavedTensors | undefined {
    return this.bestWeights?.weights;
  }

  get bestWeights(): BestWeights | undefined {
    return this.#run?.best;
  }

  async save(checkpoint: Checkpoint, { isBest }: SaveOptions): Promise<void> {
    const weights = copied(checkpoint.weights);
    this.#run = {
      setup: this.#setup,
      checkpoint: { ...checkpoint, weights, trainer: copied(checkpoint.trainer) },
      best: isBest ? { step: checkpoint.step, weights } : this.#run?.best,
      shown: this.#shown(),
    };
    await this.#runs.put(this.#run);
  }
}

/** Tensors whose data is no longer that of the heap. */
export const copied = (tensors: SavedTensors): SavedTensors =>
  new Map(Array.from(tensors, ([name, { shape, data }]) => [name, { shape, data: data.slice() }]));

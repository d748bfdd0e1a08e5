import { type Backend, loadModelFiles, loadWeights, type ModelFiles, savedTensors } from '@unroll/rnn-core';
import type { Compute } from '../shell/compute.ts';
import type { ModelFacts } from '../shell/model-facts.ts';
import { checkedSettings } from '../shell/settings.ts';
import { numberIn, type Training, TrainingSession } from '../shell/training-session.ts';
import type { ModelBytes, ModelFolderContent } from '../storage/model-folder.ts';
import { workerStrings } from '../strings.ts';
import { UNROLL_SETTINGS, type UnrollSettings } from './settings.ts';
import { ALPHABET } from './shapes.ts';
import { type ToyConfig, ToyTask, type Unrolled } from './toy-model.ts';

/** What a run is started with, and saved with. */
export interface UnrollSetup {
  readonly settings: UnrollSettings;
  /** The model whose weights it starts from; undefined for random ones. */
  readonly loaded: ModelBytes | undefined;
}

/** The type in `config.json` of this room's models. */
export const UNROLL_MODEL = 'unroll-toy';

const VALIDATIONS = 20; // at most, of a run

/** The room's work: one small network, loaded or in training. Lives in the worker. */
export class UnrollSession extends TrainingSession<UnrollSetup, undefined> {
  #task: ToyTask | undefined;

  constructor() {
    super('unroll');
  }

  /** Loads a trained network, to look into. @returns what it is @throws CheckpointError */
  async load(files: ModelBytes, compute: Compute): Promise<{ facts: ModelFacts; config: ToyConfig }> {
    const parsed = await loadModelFiles(files, UNROLL_MODEL);
    const config = configOf(parsed);
    await this.pause();
    const backend = await this.open(compute);
    const task = new ToyTask({ ...config, lr: UNROLL_SETTINGS.lr.initial, seed: 0 }, backend, 1);
    this.#task = task;
    loadWeights(task.learner.parameters, parsed.weights, parsed.where);
    this.best = { step: 0, weights: parsed.weights };
    return { facts: { ...factsOf(task), backend: backend.description }, config };
  }

  /** The present network over one sequence. @param example its number */
  unrolled(example: number): Unrolled | undefined {
    return this.#task?.unrolled(example);
  }

  protected override content(name: string): ModelFolderContent | undefined {
    if (!this.#task) return undefined;
    const { config, learner } = this.#task;
    const { hidden: hiddenSize, ...rest } = config;
    return {
      app: UNROLL_MODEL,
      architecture: 'ToyModel',
      config: { ...rest, hiddenSize },
      tokenizer: { letters: ALPHABET },
      step: this.best?.step ?? 0,
      weights: this.best?.weights ?? savedTensors(learner.parameters),
      readme: workerStrings.modelCard.unroll(name),
    };
  }

  protected override release(): void {
    this.#task?.[Symbol.dispose]();
    this.#task = undefined;
  }

  protected override async begin(
    { settings, loaded }: UnrollSetup,
    isNew: boolean,
    backend: Backend,
  ): Promise<Training<undefined>> {
    const start = loaded && settings.start === 'loaded' ? await loadModelFiles(loaded, UNROLL_MODEL) : undefined;
    const { steps, lr, seed } = settings;
    const task = new ToyTask({ ...settings, ...(start && configOf(start)), lr, seed }, backend, steps);
    this.#task = task;
    if (start && isNew) loadWeights(task.learner.parameters, start.weights);
    return {
      task,
      validateEvery: Math.max(10, Math.ceil(steps / VALIDATIONS)),
      facts: factsOf(task),
      trainLoss: (record) => numberIn(record, 'loss'),
      validLoss: (record) => numberIn(record, 'validLoss'),
      read: () => 0,
      note: () => undefined,
    };
  }
}

function configOf({ config, where }: ModelFiles): ToyConfig {
  const { shape, cell, length, hidden: hiddenSize } = UNROLL_SETTINGS;
  const { hiddenSize: hidden, ...rest } = checkedSettings(
    { shape, cell, length, hiddenSize },
    config,
    `${where}/config.json`,
  );
  return { ...rest, hidden };
}

const factsOf = ({ config, parameterCount }: ToyTask): Omit<ModelFacts, 'backend'> => ({
  cells: [config.cell],
  hidden: config.hidden,
  layers: 1,
  parameters: parameterCount,
});

import { type Backend, fit, initialCheckpoint, type MetricsRecord, type TrainingTask } from '@unroll/rnn-core';
import { RunStore } from '../storage/run-store.ts';
import type { BestWeights, SavedRun } from '../storage/runs.ts';
import type { Compute } from './compute.ts';
import { Curve, type ShownRun } from './curve.ts';
import type { ModelFacts } from './model-facts.ts';
import { type Progress, RunSession, type RunSetup } from './run-session.ts';

const REPORT_MS = 200;

/** What a room trains, and what it shows of it. */
export interface Training<Note> {
  readonly task: TrainingTask;
  readonly validateEvery: number;
  readonly facts: Omit<ModelFacts, 'backend'>;
  /** The loss of a step as it is shown. */
  trainLoss(record: MetricsRecord): number | undefined;
  /** The loss of a validation as it is shown; undefined of a step's record. */
  validLoss(record: MetricsRecord): number | undefined;
  /** Characters, tokens or sentences of a step. */
  read(record: MetricsRecord): number;
  note(record: MetricsRecord): Note | Promise<Note>;
  /** The training has stopped. */
  ended?(): void;
}

/** A room that trains one model. */
export abstract class TrainingSession<Setup extends RunSetup, Note> extends RunSession<Setup, Note> {
  /** The weights that are downloaded; without them those of the present model. */
  protected best: BestWeights | undefined;

  /** Makes what a run trains; of a new one with the weights that it starts from. */
  protected abstract begin(setup: Setup, isNew: boolean, backend: Backend): Promise<Training<Note>>;

  protected override open(compute: Compute): Promise<Backend> {
    this.best = undefined;
    return super.open(compute);
  }

  protected override async run(
    setup: Setup,
    saved: SavedRun<Setup> | undefined,
    backend: Backend,
    stop: { readonly aborted: boolean },
    report: (progress: Progress<Note>) => void,
  ): Promise<number> {
    const training = await this.begin(setup, saved === undefined, backend);
    const { task } = training;
    this.best = saved?.best;
    const curve = new Curve<Note>(saved?.shown as ShownRun<Note> | undefined);
    const store = new RunStore<Setup>(this.runs, setup, () => curve.shown, saved);
    if (!saved) await store.save(initialCheckpoint(task), { isBest: false });

    const model = { ...training.facts, backend: backend.description };
    report({ step: saved?.checkpoint.step ?? 0, points: [], speed: 0, model });
    let read = 0;
    let since = performance.now();
    const send = (step: number, note?: Note): void => {
      const seconds = (performance.now() - since) / 1000;
      report({ step, points: curve.take(seconds), speed: read / seconds, note });
      [read, since] = [0, performance.now()];
    };
    const { step } = await fit(task, {
      steps: setup.settings.steps,
      validateEvery: training.validateEvery,
      checkpoints: {
        last: () => store.last(),
        best: () => store.best(),
        save: async (checkpoint, options) => {
          await store.save(checkpoint, options);
          this.best = store.bestWeights;
        },
      },
      log: async (record) => {
        const [train, valid] = [training.trainLoss(record), training.validLoss(record)];
        if (valid !== undefined) {
          curve.validated(record.step, valid);
          curve.note = await training.note(record);
          send(record.step, curve.note);
        } else if (train !== undefined) {
          curve.trained(record.step, train);
          read += training.read(record);
          if (performance.now() - since > REPORT_MS) send(record.step);
        }
      },
      signal: stop,
    });
    training.ended?.();
    send(step);
    return step;
  }
}

/** A number of a record; undefined where it has none of that name. */
export const numberIn = (record: MetricsRecord, name: string): number | undefined => {
  const value = record[name];
  return typeof value === 'number' ? value : undefined;
};

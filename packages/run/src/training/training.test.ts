import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import {
  createReferenceBackend,
  crossEntropy,
  Linear,
  Parameters,
  Rng,
  Tape,
  type Tensor,
  uniform,
} from '@unroll/rnn-core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { type OptimizationConfig, optimizationFlags } from '../flags/optimization-flags.ts';
import { Learner } from './learner.ts';
import { readMetrics } from './metrics-log.ts';
import { Run } from './run.ts';
import { type TrainingTask, train, type Validation } from './training.ts';
import { plannedSteps, stepsDone } from './training-plan.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'unroll-training-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const flags = (given: Partial<OptimizationConfig> = {}): OptimizationConfig =>
  z.object(optimizationFlags).parse({ lr: 0.1, warmupRatio: 0, ...given });

/** A linear classifier of random points; the point of step n follows from a cursor that must be saved. */
class ToyTask implements TrainingTask {
  readonly learner: Learner;
  readonly carried: ReadonlyMap<string, Tensor>;
  readonly #backend = createReferenceBackend();
  readonly #model = new Linear({ inFeatures: 3, outFeatures: 2, initializer: uniform(0.5) });
  readonly #session = new Tape(this.#backend, { record: false });
  readonly #valid: (step: number) => number;
  #cursor = 0;
  /** Called before each step. */
  before: (step: number) => void = () => {};

  constructor(config: OptimizationConfig, steps: number, valid: (step: number) => number = (step) => 1 / step) {
    const parameters = Parameters.create(this.#model, this.#backend, Rng.seeded(1));
    this.learner = new Learner(parameters, config, steps);
    this.carried = new Map([['sum', this.#session.constant([0], [1])]]);
    this.#valid = valid;
  }

  step(step: number) {
    this.before(step);
    const rng = Rng.seeded(7).split(this.#cursor++);
    using tape = new Tape(this.#backend);
    const x = tape.constant([rng.normal(), rng.normal(), rng.normal()], [1, 3]);
    const loss = crossEntropy(this.#model.forward(x), tape.ids(Int32Array.of(rng.integer(2)), [1]));
    const update = this.learner.update(tape, loss, step);
    const sum = this.carried.get('sum')!.view();
    sum[0] = (sum[0] ?? 0) + update.loss;
    return { ...update, sum: sum[0] };
  }

  async validate(): Promise<Validation> {
    const loss = this.#valid(this.#cursor);
    return { loss, figures: { validLoss: loss } };
  }

  state() {
    return { cursor: this.#cursor };
  }

  restore(state: unknown): void {
    this.#cursor = z.object({ cursor: z.int() }).parse(state).cursor;
  }

  [Symbol.dispose](): void {
    this.#session[Symbol.dispose]();
    this.learner[Symbol.dispose]();
  }
}

const open = (path: string, steps: number, resume = false): Run =>
  Run.open({
    app: 'toy',
    context: { invocation: 'toy', command: 'toy train', out: new PassThrough(), err: new PassThrough() },
    data: 'points',
    config: {},
    model: {},
    tokenizer: {},
    steps,
    unit: 'points',
    figures: [],
    ...(resume ? { resume: join(home, path) } : { out: join(home, path) }),
  });

const model = (path: string) => readFileSync(join(home, path, 'model.safetensors'));
const figures = (path: string) =>
  readMetrics(join(home, path, 'metrics.jsonl')).map((record) => ({ ...record, seconds: 0 }));

/** Gets worse afterwards, so that the plateau acts. */
const bestAtEight = (step: number): number => Math.abs(step - 8);

describe('train', () => {
  test.each(['adam', 'adamw', 'rmsprop', 'sgd'] as const)(
    'with %s goes on after any stop as if there had been none',
    async (optimizer) => {
      const config = flags({
        optimizer,
        momentum: 0.9,
        lrSchedule: 'plateau',
        lrPatience: 1,
        gradClip: 0.5,
        weightDecay: 0.01,
      });
      const options = { validateEvery: 4, patience: 0 };
      {
        using run = open('whole', 20);
        using task = new ToyTask(config, 20, bestAtEight);
        expect(await train(run, task, options)).toMatchObject({ steps: 20, stoppedEarly: false, bestLoss: 0 });
      }
      for (const stop of [3, 9, 16, undefined]) {
        using run = open('parts', 20, stop !== 3);
        using task = new ToyTask(config, 20, bestAtEight);
        if (stop !== undefined)
          task.before = (step) => {
            if (step === stop) process.emit('SIGINT');
          };
        const ended = await train(run, task, options).then(() => 'finished', String);
        expect(ended).toContain(
          stop === undefined ? 'finished' : 'stopped and saved; go on with: toy train --resume',
        );
      }
      expect(model('parts').equals(model('whole'))).toBe(true);
      expect(figures('parts')).toStrictEqual(figures('whole'));
    },
  );

  test('keeps the best weights apart from the last, and stops when there is no progress', async () => {
    using run = open('early', 100);
    using task = new ToyTask(flags(), 100, (step) => Math.abs(step - 6));
    expect(await train(run, task, { validateEvery: 3, patience: 2 })).toMatchObject({
      steps: 12,
      stoppedEarly: true,
      bestLoss: 0,
    });
    expect([run.folder.weights('best').step, run.folder.weights('last').step]).toStrictEqual([6, 12]);
  });

  test('a number that is none ends it, named, with the last good checkpoint kept', async () => {
    using run = open('broken', 100);
    using task = new ToyTask(flags(), 100);
    task.before = (step) => {
      const [, weight] = [...task.learner.parameters][0]!;
      if (step === 12) weight.view()[1] = Number.NaN;
    };
    await expect(train(run, task, { validateEvery: 5, patience: 0 })).rejects.toThrow(
      /^step 12: .*weight.* must be finite, got NaN.*; training stopped, and .*broken keeps the checkpoint of step 10; a lower --lr or a smaller --grad-clip helps$/,
    );
    expect(run.folder.weights('last').step).toBe(10);
  });

  test('a validation that is no number ends it too', async () => {
    using run = open('blind', 10);
    using task = new ToyTask(flags(), 10, (step) => (step > 4 ? Number.NaN : 1));
    await expect(train(run, task, { validateEvery: 4, patience: 0 })).rejects.toThrow(
      'step 8: validation loss must be finite, got NaN',
    );
    expect(run.folder.weights('last').step).toBe(4);
  });
});

describe('plannedSteps', () => {
  afterEach(() => vi.restoreAllMocks());

  const measures = {
    stepsPerEpoch: 40,
    trial: (): TrainingTask => new ToyTask(flags(), 10_000),
  };

  test('takes steps as they are, and epochs by their steps', async () => {
    expect(await plannedSteps({ steps: 7 }, measures)).toBe(7);
    expect(await plannedSteps({ epochs: 2.5 }, measures)).toBe(100);
    expect(await plannedSteps({ epochs: 0.001 }, measures)).toBe(1);
  });

  test('measures minutes, validations and the end included', async () => {
    let now = 0; // milliseconds; nothing takes time but what says so
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const trial = (): TrainingTask => {
      const task = new ToyTask(flags(), 10_000);
      task.before = () => {
        now += 40;
      };
      return task;
    };
    const finale = () => ({
      run: () => {
        now += 10;
      },
      share: 1e-3, // ten seconds in all
    });
    const steps = await plannedSteps({ minutes: 1 }, { ...measures, trial });
    expect((now + steps * 40) / 60_000).toBeCloseTo(0.97, 1);
    const fewer = steps - (await plannedSteps({ minutes: 1 }, { ...measures, trial, finale }));
    expect(fewer).toBe(265); // 250 for the ten seconds, the others for the hundredth of the budget in which they were measured
  });

  test('minutes come on top of what a resumed run has behind it', async () => {
    const steps = await plannedSteps({ minutes: 0.001 }, { ...measures, done: 5000 });
    expect(steps).toBeGreaterThan(5000);
    expect(await plannedSteps({ steps: 7 }, { ...measures, done: 5000 })).toBe(7);
    {
      using run = open('done', 6);
      using task = new ToyTask(flags(), 6);
      expect(stepsDone(run.folder.path, 'toy')).toBe(0);
      await train(run, task, { patience: 0 });
    }
    expect(stepsDone(join(home, 'done'), 'toy')).toBe(6);
    expect(stepsDone(undefined, 'toy')).toBe(0);
  });

  test('needs one of the three', async () => {
    await expect(plannedSteps({}, measures)).rejects.toThrow(
      'one of --steps, --epochs and --minutes must be given, got none',
    );
  });
});

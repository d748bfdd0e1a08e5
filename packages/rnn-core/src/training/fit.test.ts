import { afterEach, describe, expect, test } from 'vitest';
import { Linear } from '../nn/linear.ts';
import { Parameters } from '../nn/parameters.ts';
import { crossEntropy } from '../ops/cross-entropy.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Checkpoint, type CheckpointStore, MemoryCheckpoints, type SaveOptions } from './checkpoint.ts';
import { type FitOptions, fit, type MetricsRecord, validationInterval } from './fit.ts';
import type { JsonObject } from './json.ts';
import { Learner, type LearnerOptions } from './learner.ts';
import { savedNumbers } from './saved-state.ts';
import type { TrainingTask } from './training-task.ts';

/** The tapes that hold what crosses from step to step. */
const sessions: Tape[] = [];
afterEach(() => {
  while (sessions.length > 0) sessions.pop()?.[Symbol.dispose]();
});

/** A linear classifier of random points; the point of a step follows from a position that must be saved. */
class ToyTask implements TrainingTask {
  readonly learner: Learner;
  readonly carried: ReadonlyMap<string, Tensor>;
  isDone = false;
  readonly #backend = createReferenceBackend();
  readonly #model = new Linear({ inFeatures: 3, outFeatures: 2 });
  readonly #validLoss: (step: number) => number;
  #position = 0;
  /** Called before each step. */
  before: (step: number) => void = () => {};

  constructor(options: Partial<LearnerOptions> = {}, validLoss: (step: number) => number = (step) => 1 / step) {
    const parameters = Parameters.create(this.#model, this.#backend, Rng.seeded(1));
    this.learner = new Learner(parameters, { lr: 0.1, ...options }, 20);
    const session = new Tape(this.#backend, { record: false });
    sessions.push(session);
    this.carried = new Map([['sum', session.constant([0], [1])]]);
    this.#validLoss = validLoss;
  }

  step(step: number) {
    this.before(step);
    const rng = Rng.seeded(7).split(this.#position++);
    using tape = new Tape(this.#backend);
    const x = tape.constant([rng.normal(), rng.normal(), rng.normal()], [1, 3]);
    const loss = crossEntropy(this.#model.forward(x), tape.ids(Int32Array.of(rng.integer(2)), [1]));
    const update = this.learner.update(tape, loss, step);
    const sum = this.carried.get('sum')!.view();
    sum[0] = (sum[0] ?? 0) + update.loss;
    return { ...update, sum: sum[0] };
  }

  validate() {
    const loss = this.#validLoss(this.#position);
    return { loss, metrics: { validLoss: loss } };
  }

  state(): JsonObject {
    return { position: this.#position };
  }

  restore(state: JsonObject): void {
    this.#position = savedNumbers(state, { position: 0 }, 'task').position;
  }
}

/** Gets worse afterwards, so that the plateau schedule acts. */
const bestAtEight = (step: number): number => Math.min(Math.abs(step - 8), 10);

describe('fit', () => {
  test.each(['adam', 'adamw', 'rmsprop', 'sgd'] as const)(
    'with %s reaches the same bits however often it is stopped and resumed',
    async (optimizer) => {
      const options = {
        optimizer,
        momentum: 0.9,
        lrSchedule: 'plateau',
        lrPatience: 1,
        warmupRatio: 0.2,
        gradClip: 0.5,
        weightDecay: 0.01,
      } as const;
      const run = async (checkpoints: CheckpointStore, records: MetricsRecord[], stopAt = 0) => {
        const controller = new AbortController();
        const task = new ToyTask(options, bestAtEight);
        task.before = (step) => {
          if (step === stopAt) controller.abort();
        };
        const log = (record: MetricsRecord): void => void records.push(record);
        return fit(task, { steps: 20, validateEvery: 4, checkpoints, log, signal: controller.signal });
      };
      const [whole, parts] = [new MemoryCheckpoints(), new MemoryCheckpoints()];
      const [wholeRecords, partsRecords] = [[], []];
      expect(await run(whole, wholeRecords)).toMatchObject({ step: 20, stopped: 'steps', bestLoss: 0 });
      for (const stop of [3, 9, 16])
        expect(await run(parts, partsRecords, stop)).toMatchObject({ step: stop, stopped: 'signal' });
      expect(await run(parts, partsRecords)).toMatchObject({ step: 20, stopped: 'steps', bestLoss: 0 });
      expect(parts.last()).toStrictEqual(whole.last());
      expect(parts.best()).toStrictEqual(whole.best());
      expect(partsRecords).toStrictEqual(wholeRecords);
    },
  );

  test('with a moving average, validates and saves the average, and reaches the same bits when resumed', async () => {
    const options = { ema: 0.9, freeze: ['bias'], unfreezeAfter: [0.3] };
    const run = async (checkpoints: CheckpointStore, stopAt = 0): Promise<number[]> => {
      const controller = new AbortController();
      const task = new ToyTask(options, () => weightOf(task));
      task.before = (step) => {
        if (step === stopAt) controller.abort();
      };
      const trained: number[] = [];
      const log = ({ validLoss }: MetricsRecord): void => void (validLoss && trained.push(weightOf(task)));
      await fit(task, { steps: 20, validateEvery: 4, checkpoints, log, signal: controller.signal });
      return trained;
    };
    const weightOf = ({ learner }: ToyTask): number => 1 + ([...learner.parameters][0]![1].view()[0] ?? 0);
    const [whole, parts] = [new MemoryCheckpoints(), new MemoryCheckpoints()];
    const trained = await run(whole);
    for (const stop of [3, 9, 16]) await run(parts, stop);
    await run(parts);
    expect(parts.last()).toStrictEqual(whole.last());
    expect(parts.best()).toStrictEqual(whole.best());
    const saved = 1 + Number(whole.last()!.weights.get('weight')!.data[0]);
    expect(saved).not.toBe(trained.at(-1));
    expect(1 + Number(whole.last()!.trainer.get('unaveraged')!.data[0])).toBe(trained.at(-1));
  });

  test('keeps the best weights apart from the last, and stops when there is no improvement', async () => {
    const saves: [number, boolean][] = [];
    class Watched extends MemoryCheckpoints {
      override save(checkpoint: Checkpoint, options: SaveOptions): void {
        saves.push([checkpoint.step, options.isBest]);
        super.save(checkpoint, options);
      }
    }
    const checkpoints = new Watched();
    const task = new ToyTask({}, (step) => Math.abs(step - 6));
    expect(await fit(task, { steps: 100, validateEvery: 3, patience: 2, checkpoints })).toMatchObject({
      step: 12,
      stopped: 'early',
      bestLoss: 0,
    });
    expect(saves).toStrictEqual([
      [3, true],
      [6, true],
      [9, false],
      [12, false],
    ]);
    expect(checkpoints.best()).not.toStrictEqual(checkpoints.last()?.weights);
  });

  test('revises the number of steps on the way: the schedule ends with them, and the plan repeats the run', async () => {
    const rates = async (checkpoints: CheckpointStore, fitting: (task: ToyTask) => Partial<FitOptions>) => {
      const task = new ToyTask({ lrSchedule: 'cosine' });
      const records: MetricsRecord[] = [];
      const log = (record: MetricsRecord): void => void records.push(record);
      const { step } = await fit(task, { steps: 20, validateEvery: 4, checkpoints, log, ...fitting(task) });
      const rates = records.map(({ learningRate }) => learningRate).filter((rate) => rate !== undefined);
      return { step, rates, progress: task.learner.plan.positionAt(step) / 20 };
    };
    const [live, again] = [new MemoryCheckpoints(), new MemoryCheckpoints()];
    const reached: number[] = [];
    const first = await rates(live, ({ learner: { plan } }) => ({
      replan: ({ step, progress }) => {
        reached.push(progress);
        if (step === 5 || step === 9) plan.revise({ step, steps: step === 5 ? 12 : 30 });
      },
    }));
    expect(first).toMatchObject({ step: 30, progress: 1 });
    expect(reached[4]).toBe(0.25);
    expect(first.rates.at(-1)).toBeCloseTo(0.001, 15);
    const second = await rates(again, ({ learner: { plan } }) => {
      for (const [step, steps] of [
        [5, 12],
        [9, 30],
      ] as const)
        plan.revise({ step, steps });
      return {};
    });
    expect(second).toEqual(first);
    expect(again.last()).toStrictEqual(live.last());
  });

  test('ends when nothing is left to learn', async () => {
    const task = new ToyTask();
    task.before = (step) => {
      task.isDone = step === 7;
    };
    const checkpoints = new MemoryCheckpoints();
    expect(await fit(task, { steps: 50, checkpoints })).toMatchObject({ step: 7, stopped: 'done' });
    expect(checkpoints.last()?.step).toBe(7);
  });

  test('ends at the first NaN, named, with the last good checkpoint kept', async () => {
    const task = new ToyTask();
    task.before = (step) => {
      const [, weight] = [...task.learner.parameters][0]!;
      if (step === 12) weight.view()[1] = Number.NaN;
    };
    const checkpoints = new MemoryCheckpoints();
    await expect(fit(task, { steps: 100, validateEvery: 5, checkpoints })).rejects.toThrow(
      /^step 12: .*weight.* must be finite, got NaN/,
    );
    expect(checkpoints.last()?.step).toBe(10);
  });

  test('ends at a validation loss that is NaN', async () => {
    const task = new ToyTask({}, (step) => (step > 4 ? Number.NaN : 1));
    await expect(fit(task, { steps: 10, validateEvery: 4 })).rejects.toThrow(
      'step 8: validation loss must be finite, got NaN',
    );
  });

  test('ends when the validation loss or the mean training loss is far above the first', async () => {
    const [high, low] = [() => 30, () => 0.1];
    await expect(fit(new ToyTask({}, high), { steps: 4, validateEvery: 2 })).rejects.toThrow(
      'step 2: validation loss must stay below 20, got 30.00',
    );
    await expect(fit(new ToyTask({ lr: 1000 }, low), { steps: 10, validateEvery: 5 })).rejects.toThrow(
      /^step 5: mean training loss must stay below 20, got [\d.]+$/,
    );
    const best = fit(new ToyTask({}, () => 19), { steps: 4, validateEvery: 2 });
    expect((await best).bestLoss).toBe(19); // an easy beginning, and harder texts later
  });

  test('logs gradient snapshots where they were asked for', async () => {
    const records: MetricsRecord[] = [];
    const task = new ToyTask({ probeGradients: 4 });
    await fit(task, { steps: 10, log: (record) => void records.push(record) });
    expect(records.filter(({ gradients }) => gradients).map(({ step }) => step)).toStrictEqual([4, 8]);
  });

  test('validates ten times by default', () => {
    expect([1, 10, 95, 100].map((steps) => validationInterval({ steps }))).toStrictEqual([1, 1, 10, 10]);
    expect(validationInterval({ steps: 100, validateEvery: 7 })).toBe(7);
  });

  test('refuses a damaged checkpoint, and one of another model', async () => {
    const checkpoints = new MemoryCheckpoints();
    await fit(new ToyTask(), { steps: 3, checkpoints });
    const saved = checkpoints.last()!;
    const resume = (changed: Partial<Checkpoint>) => {
      const store = new MemoryCheckpoints();
      store.save({ ...saved, ...changed }, { isBest: false });
      return fit(new ToyTask(), { steps: 6, checkpoints: store });
    };
    await expect(resume({ weights: new Map() })).rejects.toThrow('checkpoint of step 3: must hold ');
    await expect(resume({ state: {} })).rejects.toThrow('checkpoint: learner must be an object, got undefined');
    const { clip, ...learner } = saved.state['learner'] as JsonObject;
    await expect(
      resume({ state: { ...saved.state, learner: { ...learner, clip: { steps: 'x' } } } }),
    ).rejects.toThrow('checkpoint: learner.clip.steps must be a number, got "x"; it is damaged');
    expect(clip).toStrictEqual({ steps: 3, clippedSteps: 0 });
    for (const count of [-1, 0.5, 1e300]) {
      const rule = `must be a whole number of at least 0, got ${count}; it is damaged`;
      const early = { ...(saved.state['early'] as JsonObject), stale: count };
      await expect(resume({ state: { ...saved.state, early } })).rejects.toThrow(`checkpoint: early.stale ${rule}`);
      const counted = { ...learner, clip, optimizerSteps: count } as JsonObject;
      await expect(resume({ state: { ...saved.state, learner: counted } })).rejects.toThrow(
        `checkpoint: learner.optimizerSteps ${rule}`,
      );
    }
  });
});

test.each([
  [{ lr: Number.NaN }, 'createSchedule: peak must be a number above 0, got NaN'],
  [{ lr: Infinity }, 'createSchedule: peak must be a number above 0, got Infinity'],
  [{ gradClip: Number.NaN }, 'GradientClip: norm must be above 0, got NaN'],
  [{ beta2: Number.NaN }, 'Adam: beta2 must be in [0, 1), got NaN'],
  [{ warmupRatio: Number.NaN }, 'createSchedule: warmup must be in [0, 20], the number of steps, got NaN'],
])('a learner refuses %o', (options, message) => {
  expect(() => new ToyTask(options)).toThrow(message);
});

test.each([
  [{ steps: Number.NaN }, 'fit: steps must be a whole number of at least 1, got NaN'],
  [{ steps: 5, validateEvery: 0 }, 'fit: validateEvery must be a whole number of at least 1, got 0'],
])('fit refuses %o', async (options, message) => {
  await expect(fit(new ToyTask(), options)).rejects.toThrow(message);
});

test('what a learner is not told stands at torch’s default', () => {
  const task = new ToyTask();
  expect(task.step(1)).toMatchObject({ learningRate: 0.1 });
  expect(task.learner.clippedFraction).toBe(0);
});

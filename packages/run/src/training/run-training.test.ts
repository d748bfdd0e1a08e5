import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { averageWeights } from '@unroll/rnn-core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readCheckpoint } from './checkpoint-file.ts';
import { readMetrics } from './metrics-log.ts';
import { ModelFolder } from './model-folder.ts';
import { readRunRecord } from './run-record.ts';
import { runTraining } from './run-training.ts';
import { ToyTask } from './toy-task.fixture.ts';
import type { TrainingConfig } from './training-config.ts';
import { stepsDone } from './training-length.ts';

let home: string;
let said: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'unroll-training-'));
  said = '';
});
afterEach(() => rmSync(home, { recursive: true }));

interface Toy extends Partial<TrainingConfig> {
  readonly before?: (step: number, task: ToyTask) => void;
  readonly whileEvaluating?: () => Promise<void>;
  readonly mostEpochs?: number;
  readonly lr?: number;
  readonly gradClip?: number;
}

function train({ before, whileEvaluating, mostEpochs, ...given }: Toy) {
  const config = { backend: 'reference', steps: given.minutes === undefined ? 20 : undefined, ...given } as const;
  const err = new PassThrough();
  err.on('data', (chunk) => {
    said += String(chunk);
  });
  return runTraining({
    app: 'toy',
    config,
    context: { invocation: 'toy', command: 'toy train', out: new PassThrough(), err },
    prepare: async () => ({
      data: { name: 'points', files: [] },
      architecture: 'Toy',
      model: { inputs: 3 },
      tokenizer: {},
      unit: 'points',
      metrics: [],
      stepsPerEpoch: 40,
      mostEpochs,
      createTask: (_, steps) => {
        const task = new ToyTask(steps);
        task.before = (step) => before?.(step, task);
        return task;
      },
      sampleText: () => 'a sample',
      card: { task: 'text-generation', summary: '', intendedUse: '', limits: '', metrics: { accuracy: 'accuracy' } },
      describe: ({ learner }) => `a line with ${learner.parameters.size} weights`,
      evaluate: async (task) => {
        await whileEvaluating?.();
        return { evaluation: weightOf(task).toArray(), result: { accuracy: 0.5 } };
      },
    }),
  });
}

const weightOf = ({ learner }: ToyTask) => new Map(learner.parameters).get('weight')!;

const file = (path: string) => readFileSync(join(home, path, 'model.safetensors'));
const metrics = (path: string) =>
  readMetrics(join(home, path, 'metrics.jsonl')).map((record) => ({ ...record, seconds: 0 }));

test('averages the best checkpoints and the last, and keeps the better average if it is better', async () => {
  const settings = { validateEvery: 4, averageCheckpoints: 3 };
  const weightsOf = (file: string) => readCheckpoint(join(home, file), { app: 'toy' }).tensors;
  const averageOf = (run: string, ...steps: number[]) =>
    averageWeights(steps.map((step) => weightsOf(`${run}/checkpoints/step-${step}.safetensors`)));
  const worse = await train({ ...settings, out: join(home, 'worse') });
  expect(said).toMatch(
    'Validation loss of the best checkpoint 0.0000; averaged over the best, of steps 4, 8, 12, 10.0000; over the last, of steps 12, 16, 20, 10.0000; the best checkpoint is kept\n',
  );
  expect(worse.result).toMatchObject({ bestLoss: 0, averages: { checkpoint: 0, ofBest: 10, ofLast: 10 } });
  expect(weightsOf('worse/model.safetensors')).toStrictEqual(weightsOf('worse/checkpoints/step-8.safetensors'));

  const losses = [4, 1, 2, 3, /* of averages: */ 9, 0.5, 0.25];
  const given = (_: number, task: ToyTask): void => {
    task.validate = () => ({ loss: losses[0]!, metrics: { validLoss: losses.shift()! } });
  };
  const better = join(home, 'better');
  await train({ ...settings, steps: 16, before: given, out: better });
  losses.unshift(3);
  const { result, evaluation } = await train({ ...settings, before: given, resume: better });
  expect(result).toMatchObject({ bestLoss: 0.25, averages: { checkpoint: 1, ofBest: 0.5, ofLast: 0.25 } });
  const mean = averageOf('better', 12, 16, 20);
  expect(weightsOf('better/model.safetensors')).toStrictEqual(mean);
  expect(evaluation).toStrictEqual(mean.get('weight')!.data);
});

test('writes a model card, an event file for TensorBoard, and another one when resumed', async () => {
  const out = join(home, 'run');
  const events = () =>
    readdirSync(out)
      .filter((name) => name.includes('tfevents'))
      .sort()
      .map((name) => readFileSync(join(out, name), 'latin1'));
  await train({ tensorboard: true, steps: 4, validateEvery: 2, out });
  expect(events()).toEqual([expect.stringMatching(/brain\.Event:2.*validLoss.*sample\/text_summary.*a sample/s)]);
  await train({ tensorboard: true, steps: 6, validateEvery: 2, resume: out });
  expect(events()).toHaveLength(2);
  expect(events()[1]).toContain('validLoss');
  expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain('| accuracy | valid | 0.5 | `toy evaluate ');
});

test('goes from data to a finished run, and evaluates its best weights', async () => {
  const out = join(home, 'run');
  const { run, evaluation, result } = await train({ out, validateEvery: 4 });
  expect(run).toBe(out);
  expect(result).toMatchObject({
    accuracy: 0.5,
    steps: 20,
    stoppedEarly: false,
    bestLoss: 0,
    parameters: 8,
    backend: 'reference',
    run: out,
    pointsPerSecond: expect.any(Number),
  });
  expect(readRunRecord(out, 'toy')).toMatchObject({ steps: 20, model: { parameters: 8 }, result });
  const folder = ModelFolder.open(out, 'toy');
  expect([folder.weights('best').step, folder.weights('last').step]).toStrictEqual([8, 20]);
  expect(evaluation).toStrictEqual(folder.weights('best').tensors.get('weight')!.data);
  expect(said).toContain(`${out}: a line with 8 weights\n`);
});

test('reaches the same bits however often Ctrl-C stops it', async () => {
  await train({ out: join(home, 'whole'), validateEvery: 4 });
  const parts = join(home, 'parts');
  for (const stop of [3, 9, 16, undefined]) {
    const before = (step: number): void => {
      if (step === stop) process.emit('SIGINT');
    };
    const where = stop === 3 ? { out: parts } : { resume: parts };
    const ended = await train({ ...where, validateEvery: 4, before }).then(() => 'finished', String);
    expect(ended).toContain(
      stop === undefined ? 'finished' : `stopped and saved; resume with: toy train --resume ${parts}`,
    );
    expect(stepsDone(parts, 'toy')).toBe(stop ?? 20);
  }
  expect(file('parts').equals(file('whole'))).toBe(true);
  expect(metrics('parts')).toStrictEqual(metrics('whole'));
});

test('stops early without improvement', async () => {
  const { result } = await train({ out: join(home, 'early'), validateEvery: 3, patience: 2, steps: 100 });
  expect(result).toMatchObject({ steps: 15, stoppedEarly: true, bestLoss: 1 });
});

test('ends at the first NaN, and says which checkpoint is kept and what to try', async () => {
  const before = (step: number, task: ToyTask): void => {
    if (step === 12) weightOf(task).view()[1] = Number.NaN;
  };
  await expect(train({ out: join(home, 'broken'), validateEvery: 5, before })).rejects.toThrow(
    /^step 12: .*weight.* must be finite, got NaN.*; training stopped, and .*broken keeps the checkpoint of step 10; try another --seed$/,
  );
  await expect(train({ out: join(home, 'worse'), validateEvery: 15, lr: 0.1, before })).rejects.toThrow(
    /; training stopped, before the first checkpoint; try a lower --lr$/,
  );
});

test('ends when it diverges, and keeps the checkpoint before', async () => {
  const out = join(home, 'diverged');
  const before = (_: number, task: ToyTask): void => {
    task.divergesAt = 12;
  };
  await expect(train({ out, validateEvery: 5, lr: 0.1, gradClip: 1, before })).rejects.toThrow(
    /^step 15: validation loss must stay below 20, got 1\.000e\+31; training stopped, and .*diverged keeps the checkpoint of step 10; try a lower --lr or --grad-clip$/,
  );
  expect(stepsDone(out, 'toy')).toBe(10);
  expect(ModelFolder.open(out, 'toy').weights('best').step).toBe(10);
});

test('trains for the minutes it is given, and those of a resume on top', async () => {
  const out = join(home, 'minutes');
  const { steps } = await train({ out, minutes: 0.02 });
  expect(steps).toBeGreaterThan(20);
  expect((await train({ resume: out, minutes: 0.02 })).steps).toBeGreaterThan(steps);
  expect(stepsDone(undefined, 'toy')).toBe(0);
});

test('ends before the minutes are over when more epochs would not help, and says so; a resume goes on', async () => {
  const out = join(home, 'short');
  expect((await train({ out, minutes: 0.2, mostEpochs: 0.5 })).steps).toBe(20);
  expect(said).toMatch(/^Ends before the time is up, after 0\.5 epochs: /m);
  said = '';
  expect((await train({ resume: out, minutes: 0.02, mostEpochs: 0.5 })).steps).toBeGreaterThan(20);
  expect((await train({ out: join(home, 'by-steps'), steps: 30, mostEpochs: 0.5 })).steps).toBe(30);
  expect(said).not.toContain('Ends before');
});

test('revises the number of steps when the machine turns out slower, and the plan repeats the run to the same bits', async () => {
  let now = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  const slow = (_step: number, { learner }: ToyTask): void => {
    const isMeasured = learner.plan.initial === 10_000; // the task that is thrown away
    now += isMeasured ? 0.2 : 0.6;
  };
  const out = join(home, 'by-minutes');
  const { seconds, steps } = await train({ out, minutes: 0.03, before: slow });
  clock.mockRestore();
  expect(seconds).toBeGreaterThan(0.03 * 60 * 0.9);
  expect(seconds).toBeLessThan(0.03 * 60);
  const { config } = readRunRecord(out, 'toy');
  expect(config['steps']).toBeUndefined();
  const plan = config['plan'] as string[];
  expect(plan.length).toBeGreaterThan(1);
  expect(plan.at(-1)).toMatch(new RegExp(`:${steps}$`));

  await train({ plan, steps: undefined, out: join(home, 'again') });
  expect(file('again').equals(file('by-minutes'))).toBe(true);
  const before = (step: number): void => {
    if (step === steps - 5) process.emit('SIGINT');
  };
  const stopped = join(home, 'stopped');
  await expect(train({ plan, steps: undefined, out: stopped, before })).rejects.toThrow('stopped and saved');
  await train({ plan, steps: undefined, resume: stopped });
  expect(file('stopped').equals(file('by-minutes'))).toBe(true);
});

test('validates less often where that takes much of the minutes, and records how often', async () => {
  let now = 0; // milliseconds
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  const slow = (_step: number, task: ToyTask): void => {
    now += 1;
    task.validate = () => {
      now += 100;
      return ToyTask.prototype.validate.call(task);
    };
  };
  const validated = (run: string): number => metrics(run).filter((record) => 'validLoss' in record).length;
  await train({ out: join(home, 'few'), minutes: 0.03, before: slow });
  await train({ out: join(home, 'more'), minutes: 0.03, before: slow, averageCheckpoints: 6 });
  clock.mockRestore();
  expect(validated('few')).toBe(3); // a fifth of 1.8 s
  expect(validated('more')).toBe(6);

  const { config } = readRunRecord(join(home, 'few'), 'toy');
  await train({ steps: undefined, ...(config as Toy), out: join(home, 'again') });
  expect(validated('again')).toBe(3);
  expect(file('again').equals(file('few'))).toBe(true);
});

test('stops without the evaluation when Ctrl-C comes after the last step, and evaluates when it is resumed', async () => {
  const out = join(home, 'unevaluated');
  const message = `The training is finished and saved; stopping without the evaluation. Evaluate it with: toy train --resume ${out}`;
  const before = (step: number): void => {
    if (step === 20) process.emit('SIGINT');
  };
  await expect(train({ out, before })).rejects.toThrow(message);
  said = '';
  const whileEvaluating = async (): Promise<void> => {
    process.emit('SIGINT');
    await new Promise(() => {}); // never ends
  };
  await expect(train({ resume: out, whileEvaluating })).rejects.toThrow(message);
  expect(said).not.toContain('Stopping after this step');
  expect(readRunRecord(out, 'toy').result).toBeUndefined();
  expect((await train({ resume: out })).result).toMatchObject({ steps: 20, accuracy: 0.5 });
  expect(said).not.toContain('has already done');
  await train({ resume: out });
  expect(said).toContain(`${out} has already done its 20 steps; to train further give --steps N or --minutes N\n`);
});

import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundledProgram } from '../testing/bundled-program.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint-file.ts';
import { readMetrics } from './metrics-log.ts';
import { ModelFolder } from './model-folder.ts';
import { Run, type RunOptions } from './run.ts';
import { newFolder, resumableFolder } from './run-folder.ts';
import { readRunRecord } from './run-record.ts';

let home: string;
const before = process.cwd();
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'unroll-run-'));
});
afterEach(() => {
  process.chdir(before);
  rmSync(home, { recursive: true });
});

const options = (changed: Partial<RunOptions> = {}): RunOptions => ({
  app: 'toy',
  context: { invocation: 'npm run -s toy --', command: 'toy train', out: new PassThrough(), err: new PassThrough() },
  data: { name: 'numbers', files: [] },
  config: { steps: 10, hidden: 3 },
  architecture: 'Toy',
  model: { hidden: 3 },
  tokenizer: { alphabet: 'abc' },
  steps: 10,
  unit: 'numbers',
  metrics: [],
  ...changed,
});

const checkpoint = (step: number) => ({
  step,
  weights: new Map([['w', { shape: [1], data: Float32Array.of(step) }]]),
  trainer: new Map([['m', { shape: [1], data: Float32Array.of(-step) }]]),
  state: { cursor: step },
});

test('a new run lies at the next free name, and says everything about itself', () => {
  process.chdir(home);
  for (const number of [1, 2]) {
    using run = Run.open(options());
    expect(run.folder.path).toBe(join('runs', `toy-numbers-${number}`));
    expect(run.last()).toBeUndefined();
    run.save(checkpoint(1), { isBest: true });
    run.finish({ loss: 0.5 });
  }
  const record = readRunRecord('runs/toy-numbers-2', 'toy');
  expect(record).toMatchObject({ app: 'toy', command: 'toy train', config: { steps: 10, hidden: 3 }, steps: 10 });
  expect(record.result).toEqual({ loss: 0.5 });
  expect(record.versions).toMatchObject({
    unroll: expect.stringMatching(/^\d+\.\d+\.\d+/),
    node: process.versions.node,
  });
  const model = ModelFolder.open('runs/toy-numbers-2', 'toy');
  expect(JSON.parse(model.configText)).toEqual({ architectures: ['Toy'], model_type: 'toy', hidden: 3 });
  expect(model.model).toEqual({ hidden: 3 });
  expect(model.tokenizer()).toEqual({ alphabet: 'abc' });
});

test('the best and the last weights are kept apart', () => {
  const out = join(home, 'run');
  using run = Run.open(options({ out }));
  run.save(checkpoint(1), { isBest: true });
  run.save(checkpoint(2), { isBest: false });
  const weight = (which: 'best' | 'last') => ModelFolder.open(out, 'toy').weights(which).tensors.get('w')?.data[0];
  expect([weight('best'), weight('last')]).toEqual([1, 2]);
});

test('before the first validation the last weights stand for the best, and are named', () => {
  const out = join(home, 'run');
  using run = Run.open(options({ out }));
  run.save(checkpoint(3), { isBest: false });
  const said: string[] = [];
  const { weights, step } = ModelFolder.open(out, 'toy').files('best', (line) => said.push(line));
  expect([weights.get('w')?.data[0], step]).toEqual([3, 3]);
  expect(said).toEqual([
    `${out}: training has not reached its first validation; using the last checkpoint, of step 3`,
  ]);
});

test.each(['tokenizer.json', 'config.json'])('a changed %s is refused', (name) => {
  const out = join(home, 'run');
  using run = Run.open(options({ out }));
  run.save(checkpoint(1), { isBest: true });
  const folder = ModelFolder.open(out, 'toy');
  writeFileSync(join(out, name), readFileSync(join(out, name), 'utf8').replace('\n', '\n '));
  for (const open of [() => folder.files('best'), () => folder.files('last'), () => folder.tokenizer()])
    expect(open).toThrow(
      /^.*\.json: must be the file that the weights were trained with, got another content \(sha256 \w+… instead of \w+…\); put the original back$/,
    );
});

test('a resumed run begins where the last was saved', () => {
  const out = join(home, 'run');
  {
    using run = Run.open(options({ out }));
    run.save(checkpoint(4), { isBest: true });
  }
  using run = Run.open(options({ resume: out, steps: 20, config: { steps: 20, hidden: 3 } }));
  expect(run.last()).toEqual(checkpoint(4));
  run.log({ step: 5 });
  expect(readRunRecord(out, 'toy').steps).toBe(20);
});

test('a resume that is refused leaves every file as it was', () => {
  const out = join(home, 'run');
  {
    using run = Run.open(options({ out }));
    run.log({ step: 4 });
    run.save(checkpoint(4), { isBest: true });
    run.log({ step: 5 });
  }
  const files = () => readdirSync(out).map((name) => [name, readFileSync(join(out, name), 'hex')]);
  const before = files();
  expect(() => Run.open(options({ resume: out, steps: 3 }))).toThrow(
    `--steps must be at least the 4 steps that ${out} has done, got 3`,
  );
  {
    using run = Run.open(options({ resume: out, config: { batchSize: 2 } }));
    run.last(); // and here the task refuses it
  }
  expect(files()).toEqual(before);
});

test.each([
  ['trainer.safetensors', { seconds: 'x' }, 'seconds: Invalid input: expected number, received string'],
  ['trainer.safetensors', { data: 3 }, 'data: Invalid input: expected string, received number'],
  ['checkpoints/step-2.safetensors', { loss: null }, 'loss: Invalid input: expected number, received null'],
])('a %s that says %o is refused, and the run left alone', (name, changed, wrong) => {
  const out = join(home, 'run');
  {
    using run = Run.open(options({ out, averageCheckpoints: 2 }));
    run.save(checkpoint(2), { isBest: true, loss: 1 });
  }
  const [file, record] = [join(out, name), join(out, 'run.json')];
  const saved = readCheckpoint(file, { app: 'toy' });
  writeCheckpoint(file, { ...saved, state: { ...saved.state, ...changed } });
  const before = readFileSync(record, 'utf8');
  expect(() => Run.open(options({ resume: out, averageCheckpoints: 2 }))).toThrow(
    `${file}: ${wrong}; the file is damaged`,
  );
  expect(readFileSync(record, 'utf8')).toBe(before);
});

test('a run on other data forgets its best loss, until it has saved', () => {
  const out = join(home, 'run');
  const on = (sha256: string) => ({ name: 'numbers', files: [{ name: 'numbers.txt', sha256 }] });
  const learner = { schedule: { scale: 0.5, best: 1, stale: 2 }, optimizerSteps: 4 };
  const state = { learner, early: { best: 1, stale: 2 } };
  {
    using run = Run.open(options({ out, data: on('1') }));
    run.save({ ...checkpoint(4), state }, { isBest: true });
  }
  const resume = (sha256: string) => {
    const err = new PassThrough();
    using run = Run.open(options({ resume: out, data: on(sha256), context: { ...options().context, err } }));
    const last = run.last();
    if (last) run.save(last, { isBest: false });
    return { state: last?.state, said: String(err.read()) };
  };
  expect(resume('1').state).toEqual(state);
  const fresh = { best: Number.MAX_VALUE, stale: 0 };
  const { state: changed, said } = resume('2');
  expect(changed).toEqual({ learner: { ...learner, schedule: { scale: 0.5, ...fresh } }, early: fresh });
  expect(said).toContain(
    `${out}: the data is not what the run was trained with before; its best checkpoint is chosen anew\n`,
  );
  expect(resume('2').said).not.toContain('chosen anew');
});

test('one run at a time trains in a folder', () => {
  const out = join(home, 'run');
  using _ = Run.open(options({ out }));
  expect(() => Run.open(options({ resume: out }))).toThrow(`${out}: this run is in progress (pid ${process.pid})`);
});

describe('one clear line for', () => {
  test('a folder that holds a run', () => {
    const out = join(home, 'run');
    Run.open(options({ out }))[Symbol.dispose]();
    expect(() => Run.open(options({ out }))).toThrow(
      `--out must be a new or empty folder, got ${out}, which holds a run; continue it with --resume, or choose another --out`,
    );
  });

  test('a folder that holds something else', () => {
    writeFileSync(join(home, 'thesis.txt'), '');
    expect(() => Run.open(options({ out: home }))).toThrow(
      `--out must be a new or empty folder, got ${home}, which holds a file; choose another --out`,
    );
  });

  test('a resumed run whose data or settings are others', () => {
    const out = join(home, 'run');
    Run.open(options({ out }))[Symbol.dispose]();
    expect(() => Run.open(options({ resume: out, tokenizer: { alphabet: 'abd' } }))).toThrow(
      `the training data has another vocabulary than ${out}; resume with the data of the run`,
    );
    expect(() => Run.open(options({ resume: out, model: { hidden: 3, vocabularySize: 4 } }))).toThrow(
      `${join(out, 'config.json')}: must be`,
    );
  });

  test('a resumed run of another application', () => {
    const out = join(home, 'run');
    Run.open(options({ out }))[Symbol.dispose]();
    expect(() => Run.open(options({ resume: out, app: 'other' }))).toThrow(`${out}: is a run of toy, not of other`);
  });

  test('a folder to resume that is not a run', () => {
    expect(() => Run.open(options({ resume: join(home, 'nowhere') }))).toThrow(
      `${join(home, 'nowhere')}: no such folder; give the folder that train wrote`,
    );
  });

  test('a folder that is no run, with those that are', () => {
    process.chdir(home);
    const refused = (path: string, app = 'toy'): string => {
      try {
        return `opened ${resumableFolder(path, app)}`;
      } catch (error) {
        return (error as Error).message;
      }
    };
    for (const out of ['runs/novels', 'runs/letters']) Run.open(options({ out }))[Symbol.dispose]();
    Run.open(options({ app: 'other', out: 'runs/theirs' }))[Symbol.dispose]();
    utimesSync('runs/novels/run.json', 0, 0);
    const give = 'give the folder that train wrote, such as runs/letters or runs/novels';
    expect(refused('nowhere')).toBe(`nowhere: no such folder; ${give}`);
    expect(refused('runs')).toBe(`runs: is not the folder of a toy run (no run.json); ${give}`);
    expect(refused('runs/theirs')).toBe(`runs/theirs: is a run of other, not of toy; ${give}`);
    expect(refused('novel')).toBe('novel: no such folder; did you mean runs/novels?');
    expect(refused('runs/novels/config.json')).toBe(
      'runs/novels/config.json: is not the folder of a toy run (no run.json); give the folder that train wrote, such as runs/letters or runs/novels',
    );
    expect(refused('nowhere', 'third')).toBe('nowhere: no such folder; give the folder that train wrote');
    rmSync('runs', { recursive: true });
  });

  test('an --out that is a file, or in one', () => {
    const file = join(home, 'notes.txt');
    writeFileSync(file, '');
    const refused = (out: string): string => {
      try {
        return `made ${newFolder(options({ out }))}`;
      } catch (error) {
        return `${(error as Error).name}: ${(error as Error).message}`;
      }
    };
    expect(refused(file)).toBe(
      `ConfigError: --out must be a folder, got ${file}, which is a file; choose another --out`,
    );
    const inside = join(file, 'a', 'b');
    expect(refused(inside)).toBe(
      `ConfigError: --out must be a folder, got ${inside}, where ${file} is a file; choose another --out`,
    );
  });

  test('weights before the first save', () => {
    const out = join(home, 'run');
    using _ = Run.open(options({ out }));
    expect(() => ModelFolder.open(out, 'toy').weights()).toThrow(
      `${out}: has no checkpoint yet; let the training run reach its first save, or resume it`,
    );
  });

  test('a folder that is no model, or of another application', () => {
    const out = join(home, 'run');
    mkdirSync(out);
    expect(() => ModelFolder.open(out, 'toy')).toThrow(`${out}: is not the folder of a toy run (no config.json)`);
    writeFileSync(join(out, 'config.json'), '{}');
    expect(() => ModelFolder.open(out, 'toy')).toThrow(
      `${join(out, 'config.json')}: model_type must be toy, got none; the file is damaged or of an earlier version`,
    );
    writeFileSync(join(out, 'config.json'), '{"model_type":"other"}');
    expect(() => ModelFolder.open(out, 'toy')).toThrow(`${out}: is a run of other, not of toy`);
    writeFileSync(join(out, 'config.json'), '{"model_type":"toy"}');
    expect(() => ModelFolder.open(out, 'toy')).toThrow(
      `${join(out, 'config.json')}: architectures must name the class of the model, got null; the file is damaged`,
    );
    writeFileSync(join(out, 'config.json'), '{"model_type":');
    expect(() => ModelFolder.open(out, 'toy')).toThrow(
      `${join(out, 'config.json')}: must be JSON; the file is damaged`,
    );
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}

const stepsLogged = (folder: string): number =>
  existsSync(join(folder, 'metrics.jsonl')) ? readMetrics(join(folder, 'metrics.jsonl')).length : 0;

const contentOf = (folder: string) => ({
  model: readFileSync(join(folder, 'model.safetensors'), 'hex'),
  last: [...readCheckpoint(join(folder, 'trainer.safetensors'), { app: 'toy' }).tensors],
  metrics: readMetrics(join(folder, 'metrics.jsonl')).map(({ step, numbers }) => [step, numbers]),
});

describe.skipIf(process.platform === 'win32')(
  'a real process (on Windows a signal from another process ends it at once)',
  () => {
    let program: string;
    beforeAll(async () => {
      program = await bundledProgram(fileURLToPath(new URL('toy-program.fixture.ts', import.meta.url)), 'stopped');
    });

    function start(...argv: string[]): { child: ChildProcess; ended: Promise<{ code: number | null; err: string }> } {
      const child = spawn(process.execPath, [program, 'train', ...argv]);
      let err = '';
      child.stderr.on('data', (chunk) => {
        err += String(chunk);
      });
      const ended = new Promise<{ code: number | null; err: string }>((resolve) => {
        child.on('close', (code) => resolve({ code, err }));
      });
      return { child, ended };
    }

    test('killed with -9, then stopped by Ctrl-C, reaches the same bits', async () => {
      const [whole, broken] = [join(home, 'whole'), join(home, 'broken')];
      const undisturbed = start('--out', whole);

      const disturb = async (flag: string, signal: NodeJS.Signals) => {
        const enough = stepsLogged(broken) + 11 + Math.random() * 9;
        const { child, ended } = start(flag, broken);
        await until(() => stepsLogged(broken) > enough || child.exitCode !== null);
        child.kill(signal);
        return ended;
      };
      await disturb('--out', 'SIGKILL');
      const stopped = await disturb('--resume', 'SIGINT');
      expect(stopped.err).toContain('Stopping after this step, then saving.');
      expect(stopped.err).toContain(`toy: stopped and saved; resume with: toy train --resume ${broken}\n`);
      expect(stopped.code).toBe(130);
      expect((await start('--resume', broken).ended).code).toBe(0);
      expect((await undisturbed.ended).code).toBe(0);
      expect(contentOf(broken)).toEqual(contentOf(whole));
    }, 150_000);

    test('a closed terminal and a closed output stop it as Ctrl-C does', async () => {
      const [hungUp, unread] = [join(home, 'hung-up'), join(home, 'unread')];
      const first = start('--out', hungUp);
      await until(() => stepsLogged(hungUp) > 5);
      first.child.kill('SIGHUP');
      first.child.kill('SIGHUP');
      expect((await first.ended).code).toBe(130);
      expect(ModelFolder.open(hungUp, 'toy').weights('last').step).toBeGreaterThan(5);

      const second = start('--out', unread);
      await until(() => stepsLogged(unread) > 1);
      second.child.stderr?.destroy();
      await until(() => stepsLogged(unread) > 5);
      second.child.kill('SIGHUP'); // says so on the closed output
      expect((await second.ended).code).toBe(130);
      expect(ModelFolder.open(unread, 'toy').weights('last').step).toBeGreaterThan(5);
    }, 90_000);

    test('a second Ctrl-C ends it at once, and the last save stays good', async () => {
      const folder = join(home, 'run');
      const { child, ended } = start('--out', folder);
      await until(() => stepsLogged(folder) > 15);
      child.kill('SIGINT');
      child.kill('SIGTERM');
      expect((await ended).code).toBe(130);
      expect(ModelFolder.open(folder, 'toy').weights('last').step).toBeGreaterThanOrEqual(10);
    }, 90_000);
  },
);

import type * as Fs from 'node:fs';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';

/** Stands for kill -9 at a file operation: that one is half done, and nothing after it happens. */
const disk = vi.hoisted(() => ({ left: Number.POSITIVE_INFINITY, full: false, operations: 0 }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>();
  const counted =
    <A extends unknown[], R>(name: string, operation: (...args: A) => R) =>
    (...args: A): R => {
      disk.operations++;
      if (--disk.left < 0) {
        if (disk.left === -1 && name === 'writeSync') fs.writeSync(args[0] as number, '{"half'); // the kernel got some of it
        if (name === 'closeSync') operation(...args); // a dead process holds no file open
        throw new Error('killed');
      }
      if (disk.full && name === 'writeSync')
        throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
      return operation(...args);
    };
  return {
    ...fs,
    openSync: counted('openSync', fs.openSync),
    writeSync: counted('writeSync', fs.writeSync as (...args: unknown[]) => number),
    fsyncSync: counted('fsyncSync', () => undefined), // what a kill, not a power cut, leaves does not depend on it
    closeSync: counted('closeSync', fs.closeSync),
    renameSync: counted('renameSync', fs.renameSync),
    rmSync: counted('rmSync', fs.rmSync),
    mkdirSync: counted('mkdirSync', fs.mkdirSync as (...args: unknown[]) => unknown),
  };
});

// Test files share their modules: those that are loaded have the real node:fs, and those loaded here must not stay.
vi.resetModules();
afterAll(() => {
  vi.resetModules();
});
const { temporaryOf, writeAtomically } = await import('../files/file.ts');
const { readCheckpoint } = await import('./checkpoint-file.ts');
const { readMetrics } = await import('./metrics-log.ts');
const { ModelFolder } = await import('./model-folder.ts');
const { Run } = await import('./run.ts');

const STEPS = 6;
const SAVE_EVERY = 2;
let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'unroll-crash-'));
});
afterEach(() => {
  revive();
  rmSync(parent, { recursive: true });
});

function revive(): void {
  disk.left = Number.POSITIVE_INFINITY;
  disk.full = false;
  disk.operations = 0;
}

/** A training whose weights depend on every step before. Its loss rises again. */
async function train(folder: string, fullAt?: number): Promise<void> {
  const resume = existsSync(join(folder, 'run.json'));
  using run = Run.open({
    app: 'toy',
    context: { invocation: 'toy', command: 'toy train', out: new PassThrough(), err: new PassThrough() },
    ...(resume ? { resume: folder } : { out: folder }),
    data: { name: 'numbers', files: [] },
    config: { steps: STEPS },
    architecture: 'Toy',
    model: { hidden: 3 },
    tokenizer: { alphabet: 'abc' },
    steps: STEPS,
    unit: 'numbers',
    metrics: [],
  });
  const weight = new Float32Array(3);
  const moment = new Float32Array(3);
  const last = run.last();
  if (last) {
    weight.set(last.weights.get('w')!.data as Float32Array);
    moment.set(last.trainer.get('m')!.data as Float32Array);
  }
  let best = (last?.state['best'] as number | undefined) ?? 1e9;
  for (let step = (last?.step ?? 0) + 1; step <= run.steps; step++) {
    disk.full ||= step === fullAt;
    for (let i = 0; i < 3; i++) {
      moment[i] = 0.9 * moment[i]! + Math.sin(step * (i + 1));
      weight[i]! += moment[i]!;
    }
    run.log({ step, weight: weight[0]!, numbers: 3 });
    if (step % SAVE_EVERY !== 0) continue;
    const loss = Math.abs(step - 4);
    run.log({ step, loss });
    const isBest = loss < best;
    best = Math.min(best, loss);
    run.save(
      {
        step,
        weights: new Map([['w', { shape: [3], data: weight }]]),
        trainer: new Map([['m', { shape: [3], data: moment }]]),
        state: { best },
      },
      { isBest },
    );
  }
  run.finish({ best });
}

/** Everything a run leaves, but for what the clock says. */
function contentOf(folder: string): unknown {
  const { step, tensors, state } = readCheckpoint(join(folder, 'trainer.safetensors'), { app: 'toy' });
  return {
    files: readdirSync(folder).sort(),
    step,
    tensors: [...tensors],
    best: state['best'],
    published: readFileSync(join(folder, 'model.safetensors'), 'hex'),
    metrics: readMetrics(join(folder, 'metrics.jsonl')).map((record) => ({ ...record, seconds: undefined })),
  };
}

/** The step of the weights that another program would load now, if there are any. */
function publishedStep(folder: string): number | undefined {
  if (!existsSync(join(folder, 'model.safetensors'))) return undefined;
  return ModelFolder.open(folder, 'toy').weights('best').step;
}

test('killed at any file operation a run can be evaluated, and resumed it leaves what one never killed leaves', async () => {
  revive();
  const whole = join(parent, 'whole');
  await train(whole);
  const expected = contentOf(whole);
  const operations = disk.operations;
  expect(operations).toBeGreaterThan(70);

  for (let kill = 0; kill < operations; kill++) {
    const folder = join(parent, `killed-${kill}`);
    revive();
    disk.left = kill;
    await expect(train(folder)).rejects.toBeInstanceOf(Error);
    revive();
    expect([undefined, 2, 4]).toContain(publishedStep(folder));
    // A folder without run.json was never whole: the person is told, and it is made anew.
    if (!existsSync(join(folder, 'run.json'))) rmSync(folder, { recursive: true, force: true });
    await train(folder);
    expect(contentOf(folder), `killed at operation ${kill}`).toEqual(expected);
  }
}, 120_000);

test('a full disk leaves the previous file and no temporary one, and says so', () => {
  const path = join(parent, 'a.txt');
  writeAtomically(path, 'old');
  disk.full = true;
  expect(() => writeAtomically(path, 'new')).toThrow(
    `cannot write ${path}: no space left on the disk (ENOSPC); what was there before is intact`,
  );
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(existsSync(temporaryOf(path))).toBe(false);
});

test('a disk that fills up in the middle of a run costs no more than the steps since the last save', async () => {
  const [whole, full] = [join(parent, 'whole'), join(parent, 'full')];
  await train(whole);
  await expect(train(full, 5)).rejects.toThrow(
    `cannot write ${join(full, 'metrics.jsonl')}: no space left on the disk (ENOSPC); when it can be, resume with: toy train --resume ${full}`,
  );
  expect(publishedStep(full)).toBe(4);
  disk.full = false;
  await train(full);
  expect(contentOf(full)).toEqual(contentOf(whole));
});

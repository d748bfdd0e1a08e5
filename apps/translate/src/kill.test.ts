import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readCheckpoint, readMetrics } from '@unroll/run';
import { expect, test } from 'vitest';
import { TINY, ToyFolder } from './toy.fixture.ts';

const CLI = fileURLToPath(new URL('cli.ts', import.meta.url));
const TRAINING = '--steps 60 --validate-every 10 --dropout 0.1 --bpe-dropout 0.1 --accumulate 2'.split(' ');

/** Trains in a process of its own. @param killed ends it without warning once the run has come so many steps further */
async function train(run: string, argv: readonly string[], killed?: { further: number }): Promise<number | null> {
  const child = spawn(process.execPath, ['--import', 'tsx', '-C', 'unroll-source', CLI, 'train', ...argv], {
    stdio: 'ignore',
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  if (killed) {
    const goal = lastStep(run) + killed.further;
    while (child.exitCode === null && lastStep(run) < goal) await sleep(1);
    child.kill('SIGKILL');
  }
  const [code] = await ended;
  return code;
}

/** The step of the last record on disk; 0 before there is one. */
function lastStep(run: string): number {
  try {
    return readMetrics(join(run, 'metrics.jsonl')).at(-1)?.step ?? 0;
  } catch {
    return 0;
  }
}

const losses = (run: string) => readMetrics(join(run, 'metrics.jsonl')).map(({ step, loss }) => [step, loss]);

const last = (run: string) => readCheckpoint(join(run, 'trainer.safetensors'), { app: 'translate' });

test('a process killed several times at any moment comes to the weights of one that never was', {
  timeout: 600_000,
}, async () => {
  using folder = new ToyFolder();
  const data = folder.file('toy.tsv');
  const [whole, killed] = [join(folder.path, 'whole'), join(folder.path, 'killed')];
  const begin = (run: string) => ['--data', data, ...TINY, ...TRAINING, '--out', run];
  expect(await train(whole, begin(whole))).toBe(0);

  expect(await train(killed, begin(killed), { further: 11 + Math.floor(Math.random() * 10) })).toBe(null);
  for (let times = 0; times < 3; times++)
    expect(await train(killed, ['--resume', killed], { further: 1 + Math.floor(Math.random() * 12) })).toBe(null);
  expect(await train(killed, ['--resume', killed])).toBe(0);

  const [expected, actual] = [last(whole), last(killed)];
  expect(actual.tensors).toStrictEqual(expected.tensors);
  expect({ ...actual.state, seconds: 0 }).toStrictEqual({ ...expected.state, seconds: 0 });
  expect(readFileSync(join(killed, 'model.safetensors')).equals(readFileSync(join(whole, 'model.safetensors')))).toBe(
    true,
  );
  expect(losses(killed)).toStrictEqual(losses(whole));
});

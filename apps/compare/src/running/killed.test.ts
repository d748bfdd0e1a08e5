import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Rng } from '@unroll/rnn-core';
import { readMetrics } from '@unroll/run';
import { KILLS, lastStep, SEED, TestFolder } from '@unroll/run/testing';
import { afterAll, expect, it } from 'vitest';
import type { RunSummary } from '../report/run-summary.ts';

/** The program as built, which Node starts three times as fast as the source. */
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());

const STEPS = 90;
const RUNS = ['char-lm-gru-8-s1', 'adding-gru-8-s1', 'parity-gru-8-s1'];
const text = folder.file('text.txt', 'the cat sat on the mat and the dog sat on the log. '.repeat(60));
const matrix = folder.file(
  'matrix.json',
  JSON.stringify({
    tasks: {
      'char-lm': [
        '--data',
        text,
        '--bptt',
        '8',
        '--batch-size',
        '4',
        '--validate-every',
        '5',
        '--steps',
        String(STEPS),
      ],
      adding: ['--delay', '20', '--validate-every', '5'],
      parity: ['--delay', '3', '--validate-every', '5'],
    },
    cells: ['gru'],
    hiddenSize: [8],
    seeds: [1],
    equal: 'steps',
    steps: STEPS,
    probeGradients: 0,
  }),
);

function start(...words: readonly string[]): ChildProcess {
  const argv = [CLI, 'run', ...words, '--backend', 'reference', '--jobs', '2', '--json'];
  return spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function finish(child: ChildProcess): Promise<readonly RunSummary[]> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code, err).toBe(0);
  return (JSON.parse(out) as { runs: RunSummary[] }).runs;
}

/** How many steps are on disk of all runs of a comparison. */
const stepsIn = (comparison: string): number => RUNS.reduce((sum, name) => sum + lastStep(join(comparison, name)), 0);

/** What a run leaves that does not depend on how often it was killed. */
const remains = ({ name, score, steps, folder }: RunSummary) => ({
  name,
  score,
  steps,
  losses: readMetrics(join(folder, 'metrics.jsonl')).map(({ step, loss }) => [step, loss]),
  weights: readFileSync(join(folder, 'model.safetensors')).toString('base64'),
});

it(`a comparison killed ${KILLS}× at random loses no record (seed ${SEED})`, {
  timeout: 120_000 + KILLS * 60_000,
}, async () => {
  const whole = await finish(start('--matrix', matrix, '--out', join(folder.path, 'whole')));
  expect(whole.map(({ name }) => name)).toEqual(RUNS);
  const rng = Rng.seeded(SEED);
  let [kills, round] = [0, 0];
  while (kills < KILLS) {
    const killed = join(folder.path, `killed-${round++}`);
    for (let words = ['--matrix', matrix, '--out', killed]; kills < KILLS; words = ['--resume', killed]) {
      const done = stepsIn(killed);
      const enough = done + 1 + rng.integer(Math.max(1, RUNS.length * STEPS - done));
      const child = start(...words);
      const ended = once(child, 'exit');
      while (child.exitCode === null && stepsIn(killed) < enough) await sleep(5);
      if (child.exitCode !== null) break; // done before it could be killed
      child.kill('SIGKILL');
      await ended;
      kills++;
    }
    const runs = await finish(start('--resume', killed));
    expect(runs.map(remains)).toEqual(whole.map(remains));
  }
});

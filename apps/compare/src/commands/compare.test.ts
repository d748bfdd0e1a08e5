import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { callProgram, TestFolder } from '@unroll/run/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../program.ts';
import type { Group } from '../report/group.ts';
import type { RunSummary } from '../report/run-summary.ts';
import { WatchServer } from './watch.ts';

/** The matrix of these tests. */
const MATRIX = {
  tasks: { parity: ['--delay', '3', '--batch', '4'] },
  cells: ['rnn', 'gru'],
  hidden: [4],
  seeds: [1, 2],
  equal: 'steps',
  steps: 12,
  probeGradients: 4,
};

const folder = new TestFolder();
const at = (name: string): string => join(folder.path, name);

/** What is looked at of what `--json` prints. */
interface Result {
  readonly runs: readonly RunSummary[];
  readonly groups: readonly Group[];
  readonly failures: Readonly<Record<string, string>>;
}

async function compare(...words: string[]) {
  const { code, out, err } = await callProgram(program, [...words, '--json']);
  return { code, err, result: JSON.parse(out) as Result };
}

const qualities = ({ runs }: Result) => Object.fromEntries(runs.map(({ name, quality }) => [name, quality]));

describe('compare', { timeout: 240_000 }, () => {
  let first: Awaited<ReturnType<typeof compare>>;

  beforeAll(async () => {
    folder.file('matrix.json', JSON.stringify(MATRIX));
    first = await compare('run', '--matrix', at('matrix.json'), '--backend', 'reference', '--out', at('first'));
  }, 240_000);
  afterAll(() => folder[Symbol.dispose]());

  it('runs the matrix', () => {
    expect(first.code).toBe(0);
    const names = ['parity-rnn-4-s1', 'parity-rnn-4-s2', 'parity-gru-4-s1', 'parity-gru-4-s2'];
    expect(first.result.runs.map(({ name, status }) => [name, status])).toEqual(
      names.map((name) => [name, 'finished']),
    );
    expect(first.result.failures).toEqual({});
  });

  it('leaves the others alone when one fails, and says why it did', async () => {
    folder.file('half.json', JSON.stringify({ ...MATRIX, tasks: { copy: ['--no-such-flag'], ...MATRIX.tasks } }));
    const flags = '--cells gru --seeds 1 --backend reference --jobs 1';
    const { code, result } = await compare(
      'run',
      '--matrix',
      at('half.json'),
      ...flags.split(' '),
      '--out',
      at('half'),
    );
    expect(code).toBe(0);
    expect(result.runs.map(({ name }) => name)).toEqual(['parity-gru-4-s1']);
    expect(Object.values(result.failures)).toEqual([expect.stringContaining('--no-such-flag is not a flag')]);
  });

  it('gives mean, spread and significance over seeds, size, speed, memory and time', () => {
    const [best, other] = first.result.groups as [Group, Group];
    expect(best).toMatchObject({ task: 'parity', isBest: true, figure: { n: 2 } });
    expect(other).toMatchObject({ isBest: false });
    expect(other.pValue).toBeGreaterThan(0);
    expect(other.figure!.mean).toBeLessThanOrEqual(best.figure!.mean);
    for (const key of ['parameters', 'tokensPerSecond', 'peakMemoryBytes', 'seconds'] as const)
      expect(best[key]).toBeGreaterThan(0);
    const rnn = first.result.groups.find(({ cell }) => cell === 'rnn');
    expect(rnn?.parameters).toBe(4 * (2 + 4 + 2) + 2 * (4 + 1));
  });

  it('comes to the same figures, bit for bit, a second time', async () => {
    const flags = '--cells gru --backend reference';
    const again = await compare('run', '--matrix', at('matrix.json'), ...flags.split(' '), '--out', at('second'));
    expect(Object.keys(qualities(again.result))).toHaveLength(2);
    expect(qualities(first.result)).toMatchObject(qualities(again.result));
  });

  it('goes on where it was cut off: what is done stays, what is missing is run', async () => {
    const kept = join(at('first'), 'parity-rnn-4-s1', 'run.json');
    const before = readFileSync(kept, 'utf8');
    rmSync(join(at('first'), 'parity-gru-4-s2'), { recursive: true });
    const resumed = await compare('run', '--continue', at('first'), '--backend', 'reference');
    expect(readFileSync(kept, 'utf8')).toBe(before);
    expect(qualities(resumed.result)).toEqual(qualities(first.result));
  });

  it('reports on any finished run', async () => {
    const run = join(at('first'), 'parity-rnn-4-s1');
    const { result } = await compare('report', run, '--out', at('one.html'));
    expect(result.runs).toHaveLength(1);
    expect(existsSync(at('one.html'))).toBe(true);
  });

  it('says what is wrong with what it is given', async () => {
    expect((await compare('report', folder.path)).err).toContain(
      'must be the folder of a run, got one without run.json',
    );
    expect((await compare('run', '--matrix', 'quik')).err).toContain(
      '--matrix must be a file or one of full, quick, got quik',
    );
    folder.file('bad.json', JSON.stringify({ ...MATRIX, tasks: { parety: [] } }));
    expect((await compare('run', '--matrix', at('bad.json'), '--out', at('bad'))).err).toContain(
      'tasks must be among char-lm',
    );
    folder.file('worse.json', JSON.stringify({ ...MATRIX, sizes: [4] }));
    expect((await compare('run', '--matrix', at('worse.json'))).err).toContain('sizes');
  });

  it('is watched on this machine alone', async () => {
    await using server = new WatchServer([at('first')], 'compare watch');
    const url = await server.listen(0);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const page = await (await fetch(url)).text();
    expect(page).toContain('"isLive":true');
    const data = await (await fetch(`${url}data.json`)).json();
    expect(data.runs).toHaveLength(4);
    expect((await fetch(`${url}../../etc/passwd`)).status).toBe(404);
  });

  it('equal parameters: an RNN is given the size at which it has as many as an LSTM', async () => {
    const flags =
      '--tasks parity --cells rnn,lstm --seeds 1 --hidden 12 --equal parameters --steps 2 --backend reference';
    const { result } = await compare('run', '--matrix', at('matrix.json'), ...flags.split(' '), '--out', at('equal'));
    const parameters = Object.fromEntries(result.runs.map((run) => [run.cell, run.parameters ?? 0]));
    expect(Math.abs(parameters['rnn']! / parameters['lstm']! - 1)).toBeLessThan(0.05);
  });
});

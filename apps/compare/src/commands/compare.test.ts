import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { FolderLock } from '@unroll/run';
import { callProgram, TestFolder } from '@unroll/run/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../program.ts';
import type { Group } from '../report/group.ts';
import { checkPage } from '../report/report-page.ts';
import type { RunSummary } from '../report/run-summary.ts';
import { WatchServer } from '../running/watch-server.ts';

/** The matrix of these tests. */
const MATRIX = {
  tasks: { parity: ['--delay', '3', '--batch-size', '4'] },
  cells: ['rnn', 'gru'],
  hiddenSize: [4],
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
  readonly error?: { readonly name: string; readonly message: string };
}

async function compare(...words: string[]) {
  const { code, out, err } = await callProgram(program, [...words, '--json']);
  return { code, err, result: JSON.parse(out) as Result };
}

const scores = ({ runs }: Result) => Object.fromEntries(runs.map(({ name, score }) => [name, score]));

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
    expect(first.err).toMatch(/^All done in /m);
  });

  it('refuses a report that cannot be written before the first run', async () => {
    for (const [report, problem] of [
      [
        at('nowhere/report.html'),
        `no such file or folder (ENOENT); there is no folder ${at('nowhere')}; make it first`,
      ],
      [at('first'), 'it is a folder, not a file (EISDIR)'],
    ]) {
      const { code, err } = await compare(
        'run',
        '--matrix',
        at('matrix.json'),
        '--out',
        at('no'),
        '--report',
        report ?? '',
      );
      expect([code, err]).toEqual([1, `compare: cannot write ${report}: ${problem}\n`]);
    }
    expect(existsSync(at('no'))).toBe(false);
    const unbuilt = pathToFileURL(`${at('unbuilt')}/`);
    expect(() => checkPage(unbuilt)).toThrow('main.js: must have been built; run npm run build:page');
  });

  it('leaves the others alone when one fails, says why it did, and ends with 1', async () => {
    const tasks = { copy: ['--no-such-flag'], ...MATRIX.tasks };
    const variants = { fast: ['--lr', '0.5'] };
    folder.file('half.json', JSON.stringify({ ...MATRIX, tasks, variants, score: 'validation-loss' }));
    const flags = '--cells gru --seeds 1 --backend reference --jobs 1';
    const { code, err, result } = await compare(
      'run',
      '--matrix',
      at('half.json'),
      ...flags.split(' '),
      '--out',
      at('half'),
    );
    expect(code).toBe(1);
    expect(result.runs.map(({ name, status }) => [name, status])).toEqual([
      ['copy-gru-4-fast-s1', 'failed'],
      ['parity-gru-4-fast-s1', 'finished'],
    ]);
    expect(result.runs[0]?.failure).toContain('--no-such-flag is not a flag');
    expect(result.runs[1]?.settings).toMatchObject({ lr: 0.5 });
    expect(err).not.toContain('All done');
    expect(err).toMatch(/^copy +gru 4, fast +1 failed +validation loss/m);
    const { result: whole } = JSON.parse(readFileSync(join(at('half'), 'parity-gru-4-fast-s1', 'run.json'), 'utf8'));
    expect(err).toMatch(
      new RegExp(`^parity over 3 +gru 4, fast +${whole.bestLoss.toFixed(4)} +validation loss`, 'm'),
    );
    expect(err.trim().split('\n').at(-1)).toBe(
      `compare: 1 of 2 runs failed; run those again with: npm run -s compare -- run --resume ${at('half')}`,
    );
    expect(result.error).toMatchObject({ name: 'PartialFailure' });
  });

  it('equal parameters: an RNN has as many as an LSTM, and a task that cannot start leaves the others alone', async () => {
    const matrix = {
      tasks: { 'char-lm': ['--data', '/nonexistent.txt'], parity: ['--delay', '3'] },
      cells: ['rnn', 'lstm'],
      hiddenSize: [12],
      seeds: [1],
      equal: 'parameters',
      steps: 2,
    };
    folder.file('equal.json', JSON.stringify(matrix));
    const flags = '--backend reference --out';
    const { code, result } = await compare('run', '--matrix', at('equal.json'), ...flags.split(' '), at('equal'));
    expect(code).toBe(1);
    expect(result.runs.map(({ task, cell, status }) => [task, cell, status])).toEqual([
      ['char-lm', 'rnn', 'failed'],
      ['char-lm', 'lstm', 'failed'],
      ['parity', 'rnn', 'finished'],
      ['parity', 'lstm', 'finished'],
    ]);
    for (const { failure } of result.runs.slice(0, 2)) expect(failure).toContain('/nonexistent.txt');
    const [rnn, lstm] = result.runs.slice(2) as [RunSummary, RunSummary];
    expect(Math.abs(rnn.parameters! / lstm.parameters! - 1)).toBeLessThan(0.05);
  });

  it('gives mean, standard deviation and significance over seeds, size, speed, memory and time', () => {
    const [best, other] = first.result.groups as [Group, Group];
    expect(best).toMatchObject({ task: 'parity', isBest: true, score: { n: 2 } });
    expect(other).toMatchObject({ isBest: false });
    expect(other.pValue).toBeGreaterThan(0);
    expect(other.score!.mean).toBeLessThanOrEqual(best.score!.mean);
    for (const key of ['parameters', 'tokensPerSecond', 'peakMemoryBytes', 'seconds'] as const)
      expect(best[key]).toBeGreaterThan(0);
    const rnn = first.result.groups.find(({ cell }) => cell === 'rnn');
    expect(rnn?.parameters).toBe(4 * (2 + 4 + 2) + 2 * (4 + 1));
  });

  it('gives the same scores a second time, bit for bit', async () => {
    const flags = '--cells gru --backend reference';
    const again = await compare('run', '--matrix', at('matrix.json'), ...flags.split(' '), '--out', at('second'));
    expect(Object.keys(scores(again.result))).toHaveLength(2);
    expect(scores(first.result)).toMatchObject(scores(again.result));
  });

  it('continues where it was cut off: what is done stays, what is missing is run', async () => {
    const kept = join(at('first'), 'parity-rnn-4-s1', 'run.json');
    const before = readFileSync(kept, 'utf8');
    rmSync(join(at('first'), 'parity-gru-4-s2'), { recursive: true });
    const resumed = await compare('run', '--resume', at('first'), '--backend', 'reference');
    expect(readFileSync(kept, 'utf8')).toBe(before);
    expect(scores(resumed.result)).toEqual(scores(first.result));
  });

  it('one process at a time trains in a comparison, and another can report on it meanwhile', async () => {
    using _ = FolderLock.acquire(at('first'), 'comparison');
    for (const words of [
      ['--resume', at('first')],
      ['--matrix', at('matrix.json'), '--out', at('first')],
    ]) {
      const { code, err } = await compare('run', ...words);
      expect([code, err]).toEqual([
        1,
        `compare: ${at('first')}: this comparison is in progress (pid ${process.pid})\n`,
      ]);
    }
    expect((await compare('report', at('first'))).code).toBe(0);
  });

  it('waits for who is still writing a run, and empties no folder in use', async () => {
    const run = join(at('first'), 'parity-gru-4-s2');
    const held = join(run, 'held.txt');
    rmSync(run, { recursive: true });
    mkdirSync(run);
    writeFileSync(held, 'by a run whose comparison was killed');
    const lock = FolderLock.acquire(run, 'run');
    const continued = compare('run', '--resume', at('first'), '--backend', 'reference');
    await setTimeout(500);
    expect(existsSync(held)).toBe(true);
    lock[Symbol.dispose]();
    expect(scores((await continued).result)).toEqual(scores(first.result));
    expect(existsSync(held)).toBe(false);
  });

  it('runs of one name in two comparisons have the part of their paths that differs', async () => {
    cpSync(at('first'), at('other'), { recursive: true });
    const { result } = await compare('report', at('first'), at('other'), '--report', at('both.html'));
    const names = first.result.runs.map(({ name }) => name);
    expect(result.runs.map(({ name }) => name)).toEqual(
      ['first', 'other'].flatMap((folder) => names.map((name) => `${folder}/${name}`)),
    );
    expect(result.groups.map(({ score }) => score?.n)).toEqual([4, 4]);
  });

  it('reports on any finished run', async () => {
    const run = join(at('first'), 'parity-rnn-4-s1');
    const { result } = await compare('report', run, '--report', at('one.html'));
    expect(result.runs).toHaveLength(1);
    expect(existsSync(at('one.html'))).toBe(true);
  });

  it('can be moved; what is in two folders counts once; an empty report replaces none', async () => {
    const moved = at('moved');
    cpSync(at('first'), moved, { recursive: true });
    const { result } = await compare('report', moved, join(moved, 'parity-rnn-4-s1'), `${moved}/`);
    expect(scores(result)).toEqual(scores(first.result));
    expect(result.runs).toHaveLength(4);
    expect(result.groups.map(({ score }) => score?.n)).toEqual([2, 2]);

    const report = readFileSync(join(moved, 'report.html'), 'utf8');
    for (const { name } of first.result.runs) rmSync(join(moved, name), { recursive: true });
    const empty = await compare('report', moved);
    expect(empty.code).toBe(1);
    expect(empty.err).toContain('report.html: must have at least one run to report on, got none');
    expect(readFileSync(join(moved, 'report.html'), 'utf8')).toBe(report);
  });

  describe('says what is wrong with', () => {
    const refused: readonly (readonly [flags: string, content: object | undefined, line: string])[] = [
      ['report .', undefined, 'is not the folder of a run (no run.json)'],
      [
        'report nowhere',
        undefined,
        'compare: nowhere: no such folder; give the folder that the train of an application wrote\n',
      ],
      ['run --resume .', undefined, 'is not the folder of a comparison (no comparison.json)'],
      [
        'run --resume nowhere',
        undefined,
        'compare: nowhere: no such folder; give the folder that run or memory wrote\n',
      ],
      ['run --out M', undefined, 'refused.json, which is a file; choose another --out'],
      ['run --tasks parety', undefined, 'got parety; did you mean parity?'],
      ['run --seeds 1,1', undefined, '--seeds must have 1 once, got it twice'],
      ['run --equal minutes', undefined, '--minutes must be given with --equal minutes, got none'],
      ['report . --out a.html', undefined, '--out is now --report'],
      [
        'run --matrix quik',
        undefined,
        '--matrix must be a file or one of averaging, full, learning-rates, quick, got quik; did you mean quick?',
      ],
      ['run --hidden 4', undefined, '--hidden is now --hidden-size'],
      ['memory --continue .', undefined, '--continue is now --resume'],
      [
        'run --minutes 1 --equal steps',
        undefined,
        '--minutes has no effect with --equal steps; it needs --equal minutes',
      ],
      ['run --steps 9 --equal minutes', undefined, '--steps has no effect with --equal minutes'],
      ['recall --gain 2', undefined, '--gain has no effect with --recurrent-init uniform'],
      [
        'recall --cell rnn --chrono-init 9',
        undefined,
        '--chrono-init has no effect with --cell rnn; it needs --cell gru or lstm',
      ],
      ['memory --resume . --delays 4', undefined, '--delays has no effect with --resume .'],
      ['run --matrix M', { tasks: { parety: [] } }, 'refused.json: tasks must be among char-lm'],
      ['run --matrix M', { sizes: [4] }, 'refused.json: sizes is not a setting of a matrix'],
      ['run --matrix M', { cell: ['gru'] }, 'cell is not a setting of a matrix; did you mean cells?'],
      ['run --matrix M', { cells: undefined }, 'refused.json: cells must be given'],
      ['run --matrix M', { equal: undefined }, 'refused.json: equal must be given'],
      ['run --matrix M', { cells: ['gruu'] }, 'relu, got "gruu"; did you mean gru?'],
      [
        'run --matrix M',
        { seeds: [-1] },
        'refused.json: seeds[0] must be at least 0, got -1; write "seeds": [1, 2, 3]',
      ],
      ['run --matrix M', { hidden: [4] }, 'hidden is now called hiddenSize'],
      ['run --matrix M', { watchGradients: 4 }, 'watchGradients is now called probeGradients'],
      ['run --matrix M', { minutes: 4 }, 'minutes has no effect with equal steps; it needs equal minutes'],
      [
        'run --matrix M',
        { tasks: { parity: ['--minutes', '1'] } },
        'must be given --steps for equal steps, got --minutes',
      ],
      [
        'run --matrix M',
        { tasks: { parity: ['--cell', 'gru'] } },
        'tasks.parity must not have --cell, which is set by the cells of the matrix; remove it',
      ],
      ['run --matrix M', { tasks: { parity: ['--seed=7'] } }, 'tasks.parity must not have --seed, which is set by'],
      ['run --matrix M', { tasks: { parity: ['--hidden-size', '7'] } }, 'must not have --hidden-size'],
      ['run --matrix M', { variants: { a: ['--steps', '7'] } }, 'variants.a must not have --steps, which is set by'],
      [
        'run --matrix M',
        { variants: { 'a/b': [] } },
        'variants must have names of letters, digits, dots and dashes, got a/b',
      ],
    ];
    it.each(refused)('%s %j', async (flags, content, line) => {
      const matrix = folder.file('refused.json', JSON.stringify({ ...MATRIX, ...content }));
      const words = flags.split(' ').map((word) => (word === 'M' ? matrix : word === '.' ? folder.path : word));
      const { code, err } = await compare(...words);
      expect(err).toContain(line.replace('--resume .', `--resume ${folder.path}`));
      const isWhatAFileHolds =
        /^report \S+$/.test(flags) || flags.startsWith('run --resume') || content !== undefined;
      expect(code).toBe(isWhatAFileHolds ? 1 : 2);
    });

    it.each(
      '--tasks parity,--cells gru,--hidden-size 4,--seeds 1,--steps 4,--minutes 4,--equal steps,--matrix quick,--out x'.split(
        ',',
      ),
    )('run --resume DIR %s', async (flags) => {
      const { code, err } = await compare('run', '--resume', at('first'), ...flags.split(' '));
      expect(err).toContain(`${flags.split(' ')[0]} has no effect with --resume ${at('first')}; leave out --resume`);
      expect(code).toBe(2);
    });
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
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const refused = await fetch(url, { method });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
  });

  it('the watcher answers a damaged run.json and a folder that has gone with an error, and lives on', async () => {
    const watched = at('watched');
    cpSync(at('first'), watched, { recursive: true });
    await using server = new WatchServer([watched], 'compare watch');
    const url = await server.listen(0);
    const answer = async () => {
      const response = await fetch(`${url}data.json`);
      return `${response.status} ${await response.text()}`;
    };
    expect(await answer()).toMatch(/^200 /);
    const file = join(watched, 'parity-rnn-4-s1', 'run.json');
    const record = readFileSync(file, 'utf8');
    writeFileSync(file, record.slice(0, 40));
    expect(await answer()).toBe(`500 cannot show the runs: ${file}: must be JSON; the file is damaged\n`);
    writeFileSync(file, record);
    expect(await answer()).toMatch(/^200 /);
    rmSync(watched, { recursive: true });
    expect(await answer()).toContain('500 cannot show the runs: ');
    expect((await fetch(url)).status).toBe(500);
  });
});

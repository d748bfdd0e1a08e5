import { join } from 'node:path';
import { fuzzRun, fuzzRuns, SEED, TestFolder } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { program } from './program.ts';
import { succeed, TINY, toyText } from './toy.fixture.ts';

const TIMES = fuzzRuns(25);

test(`a run whose files are damaged is refused in one line that names it, and left alone (seed ${SEED})`, {
  timeout: 60_000 + TIMES * 500,
}, async () => {
  using folder = new TestFolder();
  const run = join(folder.path, 'run');
  const text = folder.file('toy.txt', toyText(60));
  await succeed('train', '--data', text, ...TINY, '--steps', '4', '--validate-every', '2', '--out', run);
  const calls = [
    'train --resume DIR --steps 6',
    'evaluate DIR --backend reference',
    `score DIR ${text} --backend reference`,
    'sample DIR --max-length 5 --backend reference',
    'sample DIR --max-length 5 --checkpoint last --backend reference',
  ].map((call) => call.split(' '));
  expect(await fuzzRun({ program, app: 'char-lm', run, calls, times: TIMES, seed: SEED })).toEqual([]);
});

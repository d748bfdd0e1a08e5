import { join } from 'node:path';
import { fuzzRun, fuzzRuns, SEED, TestFolder } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { program } from './program.ts';
import { succeed, TINY, toySales } from './toy.fixture.ts';

const TIMES = fuzzRuns(25);

test(`a run whose files are damaged is refused in one line that names it, and left alone (seed ${SEED})`, {
  timeout: 60_000 + TIMES * 500,
}, async () => {
  using folder = new TestFolder();
  const run = join(folder.path, 'run');
  const data = folder.file('sales.csv', toySales(140, ['north', 'south']));
  await succeed('train', '--data', data, ...TINY, '--steps', '4', '--validate-every', '2', '--out', run);
  const calls = [
    'train --resume DIR --steps 6',
    'evaluate DIR --backend reference',
    'predict DIR --backend reference',
  ].map((call) => call.split(' '));
  expect(await fuzzRun({ program, app: 'forecast', run, calls, times: TIMES, seed: SEED })).toEqual([]);
});

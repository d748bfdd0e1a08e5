import { fileURLToPath } from 'node:url';
import { KILLS, SEED, TestFolder, trainKilled } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { TINY, toySales } from './toy.fixture.ts';

const TRAINING = '--steps 60 --validate-every 10 --dropout 0.1'.split(' ');

test(`killed ${KILLS}× at random while two processes resume it, a training loses nothing (seed ${SEED})`, {
  timeout: 120_000 + KILLS * 60_000,
}, async () => {
  using folder = new TestFolder();
  const { whole, killed } = await trainKilled({
    app: 'forecast',
    cli: fileURLToPath(new URL('../cli.ts', import.meta.url)),
    flags: ['--data', folder.file('sales.csv', toySales(140)), ...TINY, ...TRAINING],
    folder: folder.path,
    steps: 20,
    pairs: KILLS,
    seed: SEED,
  });
  for (const remains of killed) expect(remains).toStrictEqual(whole);
});

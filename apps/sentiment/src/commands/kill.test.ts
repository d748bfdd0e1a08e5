import { fileURLToPath } from 'node:url';
import { withFlags } from '@unroll/run';
import { KILLS, SEED, TestFolder, trainKilled } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { csv, TINY, toyReviews } from './toy.fixture.ts';

const TRAINING = '--steps 80 --validate-every 20 --word-dropout 0.1'.split(' ');

test(`killed ${KILLS}× at random while two processes resume it, a training loses nothing (seed ${SEED})`, {
  timeout: 120_000 + KILLS * 60_000,
}, async () => {
  using folder = new TestFolder();
  const { whole, killed } = await trainKilled({
    app: 'sentiment',
    cli: fileURLToPath(new URL('../cli.ts', import.meta.url)),
    flags: [
      '--data',
      folder.file('toy.csv', csv(toyReviews(200))),
      ...withFlags(TINY, '--dropout', '0.1'),
      ...TRAINING,
    ],
    folder: folder.path,
    steps: 30,
    pairs: KILLS,
    seed: SEED,
  });
  for (const remains of killed) expect(remains).toStrictEqual(whole);
});

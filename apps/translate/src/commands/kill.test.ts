import { fileURLToPath } from 'node:url';
import { withFlags } from '@unroll/run';
import { KILLS, SEED, TestFolder, trainKilled } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { TINY, toyPairs, tsv } from './toy.fixture.ts';

const TRAINING = '--steps 60 --validate-every 10 --bpe-dropout 0.1 --gradient-accumulation-steps 2'.split(' ');

test(`killed ${KILLS}× at random while two processes resume it, a training loses nothing (seed ${SEED})`, {
  timeout: 120_000 + KILLS * 60_000,
}, async () => {
  using folder = new TestFolder();
  const { whole, killed } = await trainKilled({
    app: 'translate',
    cli: fileURLToPath(new URL('../cli.ts', import.meta.url)),
    flags: [
      '--data',
      folder.file('toy.tsv', tsv(toyPairs(200))),
      ...withFlags(TINY, '--dropout', '0.1', '--beam-size', '1', '--max-length', '9'),
      ...TRAINING,
    ],
    folder: folder.path,
    steps: 20,
    pairs: KILLS,
    seed: SEED,
  });
  for (const remains of killed) expect(remains).toStrictEqual(whole);
});

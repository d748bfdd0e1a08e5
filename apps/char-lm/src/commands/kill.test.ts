import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KILLS, SEED, TestFolder, trainKilled } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { succeed, TINY, toyText } from './toy.fixture.ts';

const TRAINING =
  '--steps 400 --validate-every 40 --dropout 0.1 --weight-dropout 0.1 --bptt-growth 0.5 --ema 0.98 --average-checkpoints 3 --freeze embedding.*,layers.* --unfreeze-after 0.6,0.2'.split(
    ' ',
  );

test(`killed ${KILLS}× at random while two processes resume it, a training loses nothing (seed ${SEED})`, {
  timeout: 120_000 + KILLS * 60_000,
}, async () => {
  using folder = new TestFolder();
  const origin = join(folder.path, 'origin');
  const earlier = folder.file('earlier.txt', toyText(60, 8));
  await succeed('train', '--data', earlier, ...TINY, '--steps', '20', '--out', origin);
  const { whole, killed } = await trainKilled({
    app: 'char-lm',
    cli: fileURLToPath(new URL('../cli.ts', import.meta.url)),
    flags: ['--data', folder.file('toy.txt', toyText(200)), ...TINY, ...TRAINING, '--init-from', origin],
    folder: folder.path,
    steps: 100,
    pairs: KILLS,
    seed: SEED,
  });
  for (const remains of killed) expect(remains).toStrictEqual(whole);
});

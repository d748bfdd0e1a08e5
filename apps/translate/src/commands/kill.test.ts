import { fileURLToPath } from 'node:url';
import { remainsOf, TestFolder, trainKilled } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { TINY, toyPairs, tsv } from './toy.fixture.ts';

const TRAINING =
  '--steps 60 --validate-every 10 --dropout 0.1 --bpe-dropout 0.1 --gradient-accumulation-steps 2'.split(' ');
const within = (steps: number): number => Math.floor(Math.random() * steps);

test('a process killed several times at any moment reaches the weights of one that was not', {
  timeout: 600_000,
}, async () => {
  using folder = new TestFolder();
  const { whole, killed } = await trainKilled({
    cli: fileURLToPath(new URL('../cli.ts', import.meta.url)),
    flags: ['--data', folder.file('toy.tsv', tsv(toyPairs(200))), ...TINY, ...TRAINING],
    folder: folder.path,
    kills: [11 + within(10), 1 + within(12), 1 + within(12), 1 + within(12)],
  });
  expect(remainsOf(killed, 'translate')).toStrictEqual(remainsOf(whole, 'translate'));
});

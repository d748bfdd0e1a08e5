import { fileURLToPath } from 'node:url';
import { remainsOf, TestFolder, trainKilled } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { TINY, toyText } from './toy.fixture.ts';

const TRAINING = '--steps 400 --validate-every 40 --dropout 0.1 --weight-dropout 0.1 --bptt-growth 0.5'.split(' ');
const within = (steps: number): number => Math.floor(Math.random() * steps);

test('a process killed several times at random moments reaches the weights of one that was not', {
  timeout: 300_000,
}, async () => {
  using folder = new TestFolder();
  const { whole, killed } = await trainKilled({
    cli: fileURLToPath(new URL('../cli.ts', import.meta.url)),
    flags: ['--data', folder.file('toy.txt', toyText(200)), ...TINY, ...TRAINING],
    folder: folder.path,
    kills: [1 + within(100), 1 + within(60), 1 + within(60)],
  });
  expect(remainsOf(killed, 'char-lm')).toStrictEqual(remainsOf(whole, 'char-lm'));
});

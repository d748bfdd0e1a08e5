import { readFileSync } from 'node:fs';
import { Rng } from '@unroll/rnn-core';
import { callSuccessfully, TestFolder } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { program } from '../program.ts';
import { drawScene, SIZE, WORDS } from './scenes.ts';

test('a scene is two shapes of known words, and the combination tells its part', () => {
  const combinations = (part: 'train' | 'test') =>
    new Set(
      Array.from({ length: 30 }, (_, k) => {
        const { pixels, sentence } = drawScene(part, Rng.seeded(k));
        expect(pixels).toHaveLength(SIZE * SIZE * 3);
        expect(sentence.split(' ').filter((word) => !WORDS.includes(word))).toEqual([]);
        return sentence.replaceAll(/small |big /g, '');
      }),
    );
  const unseen = combinations('test');
  expect([...combinations('train')].filter((sentence) => unseen.has(sentence))).toEqual([]);
});

test('what is on the left or above is named first', () => {
  for (let seed = 0; seed < 20; seed++) {
    const { pixels, sentence } = drawScene('train', Rng.seeded(seed));
    const [, , color] = sentence.split(' ');
    if (sentence.split(' ').filter((word) => word === color).length > 1) continue;
    const channels = { red: [0], green: [1], blue: [2], yellow: [0, 1] }[color as 'red'];
    let [x, y, sum] = [0, 0, 0];
    for (let k = 0; k < SIZE * SIZE; k++) {
      const bright = [0, 1, 2].filter((c) => (pixels[3 * k + c] as number) > 0.8);
      if (bright.join() !== channels.join()) continue;
      [x, y, sum] = [x + (k % SIZE), y + Math.floor(k / SIZE), sum + 1];
    }
    expect((sentence.includes('above') ? y : x) / sum, sentence).toBeLessThan(SIZE / 2);
  }
});

test('it trains, and draws its sentences with what it looked at', async () => {
  using folder = new TestFolder();
  const out = `${folder.path}/run`;
  const { out: printed } = await callSuccessfully(program, ['captions', '--short', '--seeds', '1', '--out', out]);
  expect(printed).toMatch(/CNN, GRU, attention +\d+\.\d %/);
  expect(readFileSync(`${out}/picture.svg`, 'utf8').match(/<image/g)?.length).toBeGreaterThan(4);
});

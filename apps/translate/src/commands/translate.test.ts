import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { call, SENTENCE, succeed, TRANSLATION, trainToy, tsv } from './toy.fixture.ts';

vi.setConfig({ testTimeout: 300_000 }); // a second's work each, and a busy machine fails none

const folder = new TestFolder();
const { trained } = await trainToy(folder);
afterAll(() => folder[Symbol.dispose]());

describe('translate', () => {
  const translate = async (...flags: string[]) =>
    (await succeed('translate', trained, '--backend', 'reference', ...flags)).out;

  test('translates a file line by line; an empty line stays empty', async () => {
    const file = folder.file('input.txt', `${SENTENCE}\n\n${SENTENCE}\n`);
    expect(await translate('--data', file)).toBe(`${TRANSLATION}\n\n${TRANSLATION}\n`);
  });

  test('translates a file while it is read: what comes before a fault is translated', async () => {
    const text = Buffer.from(`${SENTENCE}\n${'\n'.repeat(70_000)}`);
    const file = folder.file('broken.txt', Buffer.concat([text, Buffer.of(0xff)]));
    for (const command of ['translate', 'tokens']) {
      const { code, out, err } = await call(command, trained, '--data', file);
      expect([code, err]).toEqual([1, expect.stringMatching(/: must be UTF-8, got 0xFF at byte .*, line 70,002\n$/)]);
      expect(out).toMatch(/^\S.+\n\s{50000}/);
    }
  });

  test('a sentence that is too long is an error with its line; what comes before it is translated', async () => {
    const file = folder.file('long.txt', `${SENTENCE}\n\n${'w '.repeat(3000)}\n${SENTENCE}\n`);
    for (const flags of [[], ['--sample', '1']]) {
      const { code, out, err } = await call('translate', trained, '--data', file, '--backend', 'reference', ...flags);
      expect([code, out]).toEqual([1, expect.stringMatching(/^.+\n\n$/)]);
      expect(err).toMatch(
        /^translate: .*long\.txt: line 3: must be at most 2000 tokens, got \d{4}; split it into shorter sentences$/m,
      );
    }
    const pairs = folder.file(
      'long.tsv',
      tsv([
        [SENTENCE, TRANSLATION],
        ['w '.repeat(3000), TRANSLATION],
      ]),
    );
    const scored = await call('score', trained, '--data', pairs, '--backend', 'reference');
    expect([scored.code, scored.out]).toEqual([1, expect.stringMatching(/^1\t-[\d.]+ nats\t.*\n$/)]);
    expect(scored.err).toMatch(/long\.tsv: line 2: source: must be at most 2000 tokens/);
    const evaluated = await call('evaluate', trained, '--data', pairs, '--backend', 'reference');
    expect([evaluated.code, evaluated.out]).toEqual([1, '']);
    expect(evaluated.err).toMatch(/long\.tsv: line 2: must be at most 2000 tokens/);
  });

  test('prints the n best with their scores, best first', async () => {
    const lines = (await translate(SENTENCE, '--n-best', '3'))
      .trim()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(lines.map(([sentence]) => sentence)).toEqual(['1', '1', '1']);
    const scores = lines.map(([, score]) => Number(score));
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(lines[0]![2]).toBe(TRANSLATION);
  });

  test('attention weights: on the terminal, as JSON, as a page', async () => {
    const [json, html] = [join(folder.path, 'maps.json'), join(folder.path, 'maps.html')];
    const out = await translate(SENTENCE, '--attention', '--attention-json', json, '--attention-html', html);
    expect(out).toMatch(/[░▒▓█]{2}/);
    const [map] = JSON.parse(readFileSync(json, 'utf8')) as [
      { source: string[]; target: string[]; weights: number[][] },
    ];
    expect(map.source.slice(0, -1).join('').trim()).toBe(SENTENCE);
    expect(map.target.slice(0, -1).join('').trim()).toBe(TRANSLATION);
    expect(map.weights.length).toBe(map.target.length);
    for (const row of map.weights) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 2);
    expect(readFileSync(html, 'utf8').match(/<td /g)).toHaveLength(map.source.length * map.target.length);
  });

  test('sampled translations: the same with the same seed, others with another', async () => {
    const sampled = async (seed: string) =>
      translate(SENTENCE, '--sample', '5', '--temperature', '2', '--seed', seed);
    expect(await sampled('1')).toBe(await sampled('1'));
    expect(await sampled('1')).not.toBe(await sampled('2'));
    expect(await translate(SENTENCE, '--sample', '1', '--top-k', '1')).toBe(
      await translate(SENTENCE, '--beam-size', '1'),
    );
  });
});

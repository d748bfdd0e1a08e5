import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { succeed, TINY, trainToy } from './toy.fixture.ts';

const folder = new TestFolder();
const { text, trained } = await trainToy(folder);
afterAll(() => folder[Symbol.dispose]());

describe('score', () => {
  test('needs more bits for sequences that its training text did not hold', async () => {
    const path = folder.file('odd.txt', 'The cat sees the old tree.\nThe cat sees eht dlo tree.\n');
    const { out } = await succeed('score', trained, path, '--backend', 'reference', '--json');
    const { perCharacter, bitsPerCharacter } = JSON.parse(out) as {
      perCharacter: [string, number][];
      bitsPerCharacter: number;
    };
    expect(perCharacter.map(([character]) => character).join('')).toBe(readFileSync(path, 'utf8'));
    const bits = (from: number, to: number) => perCharacter.slice(from, to).reduce((sum, [, bits]) => sum + bits, 0);
    expect(bits(40, 47)).toBeGreaterThan(3 * bits(13, 20));
    expect(bits(0, perCharacter.length) / perCharacter.length).toBeCloseTo(bitsPerCharacter, 10);
  });

  test('a byte model scores characters, not bytes', async () => {
    const bytes = join(folder.path, 'bytes');
    await succeed('train', '--data', text, ...TINY, '--unit', 'byte', '--steps', '2', '--out', bytes);
    const { out } = await succeed('score', bytes, folder.file('u.txt', 'é😀'), '--backend', 'reference', '--json');
    const { perCharacter, characters, tokens } = JSON.parse(out) as {
      perCharacter: [string, number][];
      characters: number;
      tokens: number;
    };
    expect(perCharacter.map(([character]) => character)).toStrictEqual(['é', '😀']);
    expect([characters, tokens]).toStrictEqual([2, 6]);
  });
});

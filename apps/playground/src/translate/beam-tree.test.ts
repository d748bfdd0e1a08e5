import { readFileSync } from 'node:fs';
import { createReferenceBackend, Rng } from '@unroll/rnn-core';
import { Translator } from '@unroll/translate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MODEL_FILES } from '../storage/model-files.ts';
import { beamTree, pathTo } from './beam-tree.ts';
import { drawPair, unknownWords } from './grammar.ts';

const file = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../models/translate/${name}`, import.meta.url)));
const PAIRS = Array.from({ length: 12 }, (_, k) => drawPair(Rng.seeded(900 + k)));

let translator: Translator;
beforeAll(async () => {
  const files = Object.fromEntries(MODEL_FILES.map((name) => [name, file(name)]));
  translator = await Translator.load(files, { backend: createReferenceBackend() });
});
afterAll(() => translator[Symbol.dispose]());

test('every word of the grammar is known, and no other', () => {
  for (const { source } of PAIRS) expect(unknownWords(source)).toStrictEqual([]);
  expect(unknownWords('my dog eats my 2 pizzas.')).toStrictEqual(['my', 'eats', '2', 'pizzas']);
});

test('the shipped model is small, and translates sentences of its grammar', async () => {
  expect(file('model.safetensors').length).toBeLessThan(150_000);
  const found = await translator.translate(PAIRS.map(({ source }) => source));
  const correct = PAIRS.filter(({ target }, k) => found[k] === target);
  expect(correct.length).toBeGreaterThan(10);
});

test.each([1, 3])('the tree of a beam of %i ends in the translation of the library', async (beamSize) => {
  for (const { source } of PAIRS.slice(0, 4)) {
    const tree = beamTree(translator, source, beamSize, []);
    expect(tree.text).toBe(await translator.translate(source, { beamSize }));
    expect(tree.attention.length).toBe(tree.best.length);
    for (const row of tree.attention) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 4);
  }
});

test('a forced prefix begins the translation, whatever its probability', () => {
  const { source } = PAIRS[0]!;
  const free = beamTree(translator, source, 3, []);
  const other = free.nodes.findIndex(({ depth, isEnd }, k) => depth === 0 && !isEnd && !free.best.includes(k));
  const prefix = pathTo(free.nodes, other).map((k) => free.nodes[k]!.id);
  const forced = beamTree(translator, source, 3, prefix);
  expect(forced.nodes[forced.best[0]!]?.id).toBe(prefix[0]);
  expect(forced.text).not.toBe(free.text);
});

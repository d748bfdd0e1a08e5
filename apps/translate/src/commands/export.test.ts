import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStateDict } from '@unroll/interop';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { SENTENCE, succeed, TRANSLATION, trainToy } from './toy.fixture.ts';

vi.setConfig({ testTimeout: 300_000 }); // a second's work each, and a busy machine fails none

const folder = new TestFolder();
const { trained } = await trainToy(folder);
afterAll(() => folder[Symbol.dispose]());

test('export writes the model for an ONNX runtime, and says how to run it', async () => {
  const out = join(folder.path, 'onnx');
  const called = await succeed('export', trained, '--format', 'onnx', '--out', out);
  expect(called.out).toContain("npm install onnxruntime-node @unroll/translate && node example.mjs 'A dog runs.'");
  const names = ['README.md', 'decoder.onnx', 'encoder.onnx', 'example.mjs', 'tokenizer.json'];
  expect(readdirSync(out).toSorted()).toEqual(names);
});

describe('export', () => {
  test('stored in 8 bits, a model translates nearly as well, and is opened as any other', async () => {
    const out = join(folder.path, 'int8');
    const args = ['export', trained, '--format', 'safetensors', '--dtype', 'int8', '--out', out, '--json'];
    const { bytes, greedyBleu } = JSON.parse((await succeed(...args)).out) as Record<string, Record<string, number>>;
    expect(bytes!['after']).toBeLessThan(0.5 * bytes!['before']!);
    expect(Math.abs(greedyBleu!['after']! - greedyBleu!['before']!)).toBeLessThan(5);
    const translated = await succeed('translate', out, SENTENCE, '--backend', 'reference');
    expect(translated.out.trim()).toBe(TRANSLATION);
  });

  test('torch gets a state dict', async () => {
    const out = join(folder.path, 'torch');
    await succeed('export', trained, '--format', 'torch', '--out', out);
    const saved = readStateDict(readFileSync(join(out, 'model.safetensors')));
    expect([...saved.keys()]).toContain('encoder.layer0.weight_ih_l0_reverse');
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStateDict } from '@unroll/interop';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { json, succeed, trainToy } from './toy.fixture.ts';

const folder = new TestFolder();
const { trained } = await trainToy(folder);
afterAll(() => folder[Symbol.dispose]());

test('export writes the model for an ONNX runtime, and says how to run it', async () => {
  const out = join(folder.path, 'onnx');
  const called = await succeed('export', trained, '--format', 'onnx', '--out', out);
  expect(called.out).toContain(`npm install onnxruntime-node @unroll/sentiment && node example.mjs ${trained} `);
  expect(readdirSync(out).toSorted()).toEqual(['README.md', 'example.mjs', 'model.onnx', 'tokenizer.json']);
});

describe('export', () => {
  test('stored in 8 bits, a model predicts nearly as well, and is opened as any other', async () => {
    const out = join(folder.path, 'int8');
    const flags = ['--format', 'safetensors', '--dtype', 'int8', '--out', out];
    const { bytes, accuracy } = (await json('export', trained, ...flags)) as Record<string, Record<string, number>>;
    expect(bytes!['after']).toBeLessThan(bytes!['before']!);
    expect(Math.abs(accuracy!['after']! - accuracy!['before']!)).toBeLessThan(0.05);
    const evaluated = await json('evaluate', out, '--split', 'valid', '--no-baselines', '--backend', 'reference');
    expect(evaluated['accuracy']).toBeCloseTo(accuracy!['after']!, 9);
  });

  test('torch gets a state dict', async () => {
    const out = join(folder.path, 'torch');
    await succeed('export', trained, '--format', 'torch', '--dtype', 'f16', '--out', out);
    const saved = readStateDict(readFileSync(join(out, 'model.safetensors')));
    expect([...saved.keys()]).toContain('members.0.words.weight');
  });
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Adam, crossEntropy, type SavedTensors, Sgd, Tape } from '@unroll/rnn-core';
import { describe, expect, test } from 'vitest';
import { B, createGolden, type Golden, T, V } from './golden-model.fixture.ts';
import { readStateDict } from './read-state-dict.ts';
import { loadStateDict, saveStateDict } from './state-dict.ts';

const GOLDEN = JSON.parse(
  readFileSync(new URL('../../golden/state-dict.json', import.meta.url), 'utf8'),
) as readonly Golden[];
const bytesOf = (base64: string): Uint8Array => Buffer.from(base64, 'base64');

const TOLERANCE = 1e-5;
const OPTIMIZERS = [
  ['sgd', Sgd, 0.5],
  ['adam', Adam, 0.01],
] as const;

const furthest = (found: ArrayLike<number>, expected: ArrayLike<number>): number =>
  Math.max(...Array.from(found, (value, k) => Math.abs(value - (expected[k] ?? Number.NaN))));

const furthestOf = (found: SavedTensors, expected: SavedTensors): number =>
  Math.max(
    ...Array.from(expected, ([name, { data }]) =>
      furthest(found.get(name)!.data as Float32Array, data as Float32Array),
    ),
  );

/** The bytes of each tensor, however the file around them is written. */
const tensorsOf = (file: Uint8Array) => Object.fromEntries(readStateDict(file));

/** Where the values of a file begin. */
const valuesOf = (file: Uint8Array): Uint8Array =>
  file.subarray(8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true)));

describe.each(GOLDEN)("torch's $cell, bidirectional $bidirectional, bias $bias", (golden: Golden) => {
  test.each(OPTIMIZERS)('logits, loss and a step of %s are as there', (name, Optimizer, rate) => {
    const { backend, model, parameters } = createGolden(golden);
    loadStateDict(model, bytesOf(golden.file));
    using tape = new Tape(backend);
    const logits = model.forward(tape.ids(Int32Array.from(golden.ids), [T, B]));
    const loss = crossEntropy(logits, tape.ids(Int32Array.from(golden.targets), [T, B]));
    tape.grad(loss, parameters);
    new Optimizer(parameters).step(rate);
    const stepped = readStateDict(saveStateDict(model));
    expect(furthest(logits.toArray(), golden.logits)).toBeLessThan(TOLERANCE);
    expect(Math.abs(loss.item() - golden.loss)).toBeLessThan(TOLERANCE);
    expect(furthestOf(stepped, readStateDict(bytesOf(golden[name])))).toBeLessThan(TOLERANCE);
  });

  test('there and back, every bit is the same', () => {
    const { model } = createGolden(golden);
    loadStateDict(model, bytesOf(golden.file));
    expect(tensorsOf(saveStateDict(model))).toEqual(tensorsOf(bytesOf(golden.file)));
  });
});

test.each(['F16', 'BF16'] as const)('%s is read, and rounded as torch rounds', (dtype) => {
  const golden = GOLDEN.find(({ half }) => half)!;
  const { model } = createGolden(golden);
  const half = bytesOf(golden.half![dtype]);
  loadStateDict(model, bytesOf(golden.file));
  const rounded = saveStateDict(model, { dtype });
  expect(tensorsOf(rounded)).toEqual(tensorsOf(half));
  loadStateDict(model, half);
  expect(saveStateDict(model, { dtype })).toEqual(rounded);
  expect(valuesOf(rounded)).toEqual(Uint8Array.from(valuesOf(half)));
});

const python = process.env['UNROLL_PYTHON'];

test.skipIf(!python)(
  'torch loads what is written here, and its outputs are ours (needs UNROLL_PYTHON, a Python with torch and safetensors)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'unroll-state-dict-'));
    const ids = Int32Array.from({ length: T * B }, (_, k) => k % V);
    const ours = GOLDEN.map((golden, k) => {
      const { backend, model } = createGolden(golden);
      writeFileSync(join(folder, `${k}.safetensors`), saveStateDict(model));
      using tape = new Tape(backend, { record: false });
      return model.forward(tape.ids(ids, [T, B])).toArray();
    });
    const script = fileURLToPath(new URL('../../golden/state-dict.py', import.meta.url));
    const { stdout, stderr } = spawnSync(python ?? '', [script, folder], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(stderr).toBe('');
    const theirs = JSON.parse(stdout) as number[][];
    expect(theirs).toHaveLength(GOLDEN.length);
    for (const [k, logits] of theirs.entries()) expect(furthest(ours[k]!, logits)).toBeLessThan(TOLERANCE);
  },
);

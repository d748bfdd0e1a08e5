import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors } from '@unroll/rnn-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CheckpointFile, FORMAT, readCheckpoint, writeCheckpoint } from './checkpoint-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unroll-checkpoint-'));
  path = join(folder, 'model.safetensors');
});
afterEach(() => rmSync(folder, { recursive: true }));

const checkpoint: CheckpointFile = {
  app: 'char-lm',
  model: { cell: 'lstm', hidden: 4, layers: [1, 2] },
  step: 7,
  tensors: new Map([['w', { shape: [4], data: Float32Array.of(1, 2, 3, 4) }]]),
  state: { cursor: 12, streams: { data: [1, 2] }, best: null },
};

test('reads what was written', () => {
  writeCheckpoint(path, checkpoint);
  expect(readCheckpoint(path, checkpoint)).toMatchObject(checkpoint);
});

test('the order of the keys of a model does not matter', () => {
  writeCheckpoint(path, checkpoint);
  expect(readCheckpoint(path, { app: 'char-lm', model: { layers: [1, 2], hidden: 4, cell: 'lstm' } }).step).toBe(7);
});

test('refuses a model of another application', () => {
  writeCheckpoint(path, checkpoint);
  expect(() => readCheckpoint(path, { app: 'translate' })).toThrow(
    `${path}: must be a checkpoint of translate, got one of char-lm`,
  );
});

test('refuses another model, and says in what it differs', () => {
  writeCheckpoint(path, checkpoint);
  expect(() => readCheckpoint(path, { app: 'char-lm', model: { ...checkpoint.model, hidden: 8 } })).toThrow(
    `${path}: must hold a model with hidden 8, got 4; it is a checkpoint of another model`,
  );
});

test('refuses a newer format before it reads anything else of it', () => {
  const metadata = { unroll: JSON.stringify({ format: FORMAT + 1, something: 'new' }) };
  writeFileSync(path, Buffer.concat(encodeSafetensors(new Map(), metadata)));
  expect(() => readCheckpoint(path, checkpoint)).toThrow(
    `${path}: format must be at most ${FORMAT}, got ${FORMAT + 1}; it was written by a newer version, update this one`,
  );
});

test('refuses safetensors that are not ours', () => {
  writeFileSync(path, Buffer.concat(encodeSafetensors(checkpoint.tensors, { format: 'pt' })));
  expect(() => readCheckpoint(path, checkpoint)).toThrow(
    `${path}: must be a checkpoint of char-lm, got safetensors from elsewhere`,
  );
});

test('one flipped byte anywhere is a CheckpointError', () => {
  writeCheckpoint(path, checkpoint);
  const good = readFileSync(path);
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good);
    bad[at]! ^= 0x20;
    writeFileSync(path, bad);
    expect(() => readCheckpoint(path, checkpoint), `byte ${at}`).toThrow(
      expect.objectContaining({ name: 'CheckpointError' }),
    );
  }
});

test('a missing file is said to be missing', () => {
  expect(() => readCheckpoint(path, checkpoint)).toThrow(`cannot read ${path}: no such file or folder (ENOENT)`);
});

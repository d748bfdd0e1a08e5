import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSafetensors, loadModelFiles } from '@unroll/rnn-core';
import { TestFolder } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { MICROSCOPE_MODEL, MicroscopeSession } from '../microscope/session.ts';
import { MICROSCOPE_SETTINGS } from '../microscope/settings.ts';
import type { RunStart } from '../shell/run-session.ts';
import { readSettings } from '../shell/settings.ts';
import { unzipped } from '../site.fixture.ts';
import { UNROLL_MODEL, UnrollSession } from '../unroll/session.ts';
import { UNROLL_SETTINGS } from '../unroll/settings.ts';
import { MODEL_FILES } from './model-files.ts';
import type { ModelBytes } from './model-folder.ts';

const COMPUTE = { threads: 1, maximumMemory: 2 ** 26 };
const nobody = (): void => {};

/** What a zip file becomes as a folder on disk. */
function onDisk(folder: TestFolder, zip: Uint8Array): { dir: string; files: ModelBytes } {
  const dir = join(folder.path, 'model');
  mkdirSync(dir);
  for (const [name, bytes] of Object.entries(unzipped(zip))) writeFileSync(join(dir, name), bytes);
  return { dir, files: Object.fromEntries(MODEL_FILES.map((name) => [name, readFileSync(join(dir, name))])) };
}

test('a network of the room Unroll goes to a folder and back, and is trained further', async () => {
  using folder = new TestFolder();
  const settings = readSettings(UNROLL_SETTINGS, new URLSearchParams('cell=lstm&hidden=4&length=4&steps=30'));
  const session = new UnrollSession();
  const train = (start: RunStart, report = nobody) =>
    session.train({ settings, loaded: undefined }, start, COMPUTE, report);
  expect(await train('anew', () => void session.pause())).toBeLessThan(30);
  expect(await train('resume')).toBe(30);
  const whole = new UnrollSession();
  await whole.train({ settings, loaded: undefined }, 'anew', COMPUTE, nobody);
  expect(session.unrolled(7)).toStrictEqual(whole.unrolled(7));

  const { dir, files } = onDisk(folder, await session.download('model'));
  const { config, weights } = await loadModelFiles(dir, UNROLL_MODEL);
  expect(config).toStrictEqual({ shape: 'many-to-one', cell: 'lstm', length: 4, hiddenSize: 4 });
  expect(weights.get('rnn.weight_ih_l0')?.shape).toStrictEqual([16, 4]);

  const other = new UnrollSession();
  expect(await other.load(files, COMPUTE)).toMatchObject({
    facts: { cells: ['lstm'], hidden: 4 },
    config: { length: 4, cell: 'lstm' },
  });
  expect(other.unrolled(7)?.probabilities).toStrictEqual(session.unrolled(7)?.probabilities); // the last was the best
  const goesOn = { ...settings, cell: 'gru', start: 'loaded', steps: 1, lr: 0.001 } as const;
  await other.train({ settings: goesOn, loaded: files }, 'anew', COMPUTE, nobody);
  expect(other.unrolled(7)?.cell).toBe('lstm');
  expect(other.unrolled(7)?.h[1]?.[0]).toBeCloseTo(session.unrolled(7)?.h[1]?.[0] as number, 1);
  await expect(new MicroscopeSession().load(files, COMPUTE)).rejects.toThrow(
    'model: must be a model of unroll-memory, got one of unroll-toy',
  );
});

test('a folder says of which step its weights are, also when the run is opened later', async () => {
  const settings = readSettings(UNROLL_SETTINGS, new URLSearchParams('hidden=3&length=3&steps=10'));
  const session = new UnrollSession();
  const setup = { settings, loaded: undefined };
  await session.train(setup, 'anew', COMPUTE, nobody);
  await session.train({ ...setup, settings: { ...settings, steps: 20, lr: 1e-30 } }, 'resume', COMPUTE, nobody);
  await session.train(setup, 'open', COMPUTE, nobody);
  const { 'model.safetensors': bytes } = unzipped(await session.download('model'));
  const { metadata } = decodeSafetensors(bytes as Uint8Array, 'model');
  expect(JSON.parse(metadata['unroll'] as string)).toMatchObject({ step: 10 }); // no later one is better
});

test('the networks of the room Microscope go to one folder and back, and are trained further', async () => {
  using folder = new TestFolder();
  const query = 'first=mingru&second=sru&third=gru&delay=2&hidden=6&steps=150&lr=0.02';
  const settings = readSettings(MICROSCOPE_SETTINGS, new URLSearchParams(query));
  const session = new MicroscopeSession();
  await expect(session.download('model')).rejects.toThrow('There is no model to save yet; train one first.');
  await session.train({ settings, loaded: undefined }, 'anew', COMPUTE, nobody);
  const { dir, files } = onDisk(folder, await session.download('model'));
  const { config, weights } = await loadModelFiles(dir, MICROSCOPE_MODEL);
  expect(config).toStrictEqual({ first: 'mingru', second: 'sru', third: 'gru', delay: 2, hiddenSize: 6 });
  expect(weights.get('third.head.weight')?.shape).toStrictEqual([4, 6]);

  const other = new MicroscopeSession();
  const { facts, standings } = await other.load(files, COMPUTE);
  expect(facts).toMatchObject({ cells: ['mingru', 'sru', 'gru'], hidden: 6 });
  expect(standings[2]?.accuracy).toBeGreaterThan(0.9); // 0.25 at random
  expect((await loadModelFiles(unzipped(await other.download('model')), MICROSCOPE_MODEL)).weights).toStrictEqual(
    weights,
  );
  const goesOn = { ...settings, start: 'loaded', steps: 50 } as const;
  const accuracies: number[] = [];
  await other.train({ settings: goesOn, loaded: files }, 'anew', COMPUTE, ({ note }) =>
    accuracies.push(note?.standings[2]?.accuracy ?? 1),
  );
  expect(Math.min(...accuracies)).toBeGreaterThan(0.85);
});

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { callSuccessfully, TestFolder } from '@unroll/run/testing';
import { program } from '@unroll/sentiment/program';
import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import type { RunStart } from '../shell/run-session.ts';
import { readSettings } from '../shell/settings.ts';
import { MODEL_FILES } from '../storage/model-files.ts';
import { EXAMPLES, parseExamples, split } from './examples.ts';
import { ClassifySession } from './session.ts';
import { CLASSIFY_SETTINGS } from './settings.ts';

const TEXT = 'A wonderful and perfect day';
const COMPUTE = { threads: 1, maximumMemory: 2 ** 28 };

test('learns the examples, pauses and resumes, explains, and goes to sentiment in Node and back', async () => {
  const settings = readSettings(CLASSIFY_SETTINGS, new URLSearchParams('steps=40&hidden=4'));
  const session = new ClassifySession();
  const accuracies: number[] = [];
  const train = (start: RunStart, onReport: () => void) =>
    session.train({ settings, rows: EXAMPLES, loaded: undefined }, start, COMPUTE, ({ note }) => {
      if (note) accuracies.push(note.accuracy);
      onReport();
    });
  const step = await train('anew', () => void session.pause());
  expect(step).toBeLessThan(40);
  expect(await train('resume', () => {})).toBe(40);
  expect(accuracies.at(-1)).toBeGreaterThan(0.7);
  expect(await train('open', () => {})).toBe(40);

  const explained = session.explain(TEXT);
  expect(explained?.label).toBe('positive');
  expect(explained?.tokens.map(({ value }) => value)).toStrictEqual(TEXT.split(' '));

  using folder = new TestFolder();
  const dir = join(folder.path, 'model');
  mkdirSync(dir);
  for (const [path, bytes] of Object.entries(unzipSync(await session.download('model'))))
    writeFileSync(join(folder.path, path), bytes);
  const { out } = await callSuccessfully(program, ['predict', dir, '--json', TEXT]);
  const { predictions } = JSON.parse(out) as {
    predictions: { label: string; probabilities: Record<string, number> }[];
  };
  expect(predictions[0]?.label).toBe('positive');

  const loaded = Object.fromEntries(MODEL_FILES.map((name) => [name, new Uint8Array(readFileSync(join(dir, name)))]));
  const other = new ClassifySession();
  expect(await other.load(loaded, COMPUTE)).toMatchObject({ cells: ['gru'], hidden: 4, layers: 1 });
  const again = other.explain(TEXT);
  expect(predictions[0]?.probabilities['positive']).toBeCloseTo(again!.probabilities[1]!, 3);
  const goesOn = { ...settings, start: 'loaded', steps: 10 } as const;
  expect(await other.train({ settings: goesOn, rows: EXAMPLES, loaded }, 'anew', COMPUTE, () => {})).toBe(10);
  const rows = [...EXAMPLES, { text: 'Odd.', label: 'neutral' }];
  await expect(other.train({ settings: goesOn, rows, loaded }, 'anew', COMPUTE, () => {})).rejects.toThrow(
    'Examples: label must be one of negative, positive, got neutral',
  );
});

test('every fifth example of a label is held out; too few are refused', async () => {
  const { train, valid } = split(EXAMPLES);
  expect([train.length, valid.length]).toStrictEqual([46, 10]);
  const settings = readSettings(CLASSIFY_SETTINGS, new URLSearchParams());
  const setup = { settings, rows: EXAMPLES.slice(0, 4), loaded: undefined };
  await expect(new ClassifySession().train(setup, 'anew', COMPUTE, () => {})).rejects.toThrow(
    'There must be at least 10 sentences; add some.',
  );
});

test('examples come from an address or this browser, if they are examples', () => {
  expect(parseExamples(JSON.stringify(EXAMPLES))).toStrictEqual(EXAMPLES);
  for (const text of ['', '{}', '[1', '[null]']) expect(parseExamples(text)).toBeUndefined();
});

test('the heap may grow while the present weights are taken to classify with', async () => {
  const settings = readSettings(CLASSIFY_SETTINGS, new URLSearchParams('steps=20&hidden=32'));
  const session = new ClassifySession();
  for (const rows of [EXAMPLES, [{ text: 'It is a film.', label: 'neutral' }, ...EXAMPLES]])
    expect(await session.train({ settings, rows, loaded: undefined }, 'anew', COMPUTE, () => {})).toBe(20);
});

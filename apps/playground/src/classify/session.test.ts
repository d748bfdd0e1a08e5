import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { callSuccessfully, TestFolder } from '@unroll/run/testing';
import { program } from '@unroll/sentiment/program';
import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { readSettings } from '../shell/settings.ts';
import { EXAMPLES, split } from './examples.ts';
import { type ClassifyProgress, ClassifySession } from './session.ts';
import { CLASSIFY_SETTINGS } from './settings.ts';

const TEXT = 'A wonderful and perfect day';

test('learns the examples, pauses and resumes, explains, and gives a folder that sentiment opens in Node', async () => {
  const settings = readSettings(CLASSIFY_SETTINGS, new URLSearchParams('steps=40&hidden=4'));
  const session = new ClassifySession();
  const reports: ClassifyProgress[] = [];
  const train = (resume: boolean, onReport: () => void) =>
    session.train(settings, EXAMPLES, resume, 1, (progress) => {
      reports.push(progress);
      onReport();
    });
  const step = await train(false, () => void session.pause());
  expect(step).toBeLessThan(40);
  expect(await train(true, () => {})).toBe(40);
  expect(reports.at(-1)?.accuracy).toBeGreaterThan(0.7);

  const explained = session.explain(TEXT);
  expect(explained?.label).toBe('positive');
  expect(explained?.tokens.map(({ value }) => value)).toStrictEqual(TEXT.split(' '));

  using folder = new TestFolder();
  const dir = join(folder.path, 'model');
  mkdirSync(dir);
  for (const [path, bytes] of Object.entries(unzipSync(session.download('model') as Uint8Array)))
    writeFileSync(join(folder.path, path), bytes);
  const { out } = await callSuccessfully(program, ['predict', dir, '--json', TEXT]);
  const { predictions } = JSON.parse(out) as {
    predictions: { label: string; probabilities: Record<string, number> }[];
  };
  expect(predictions[0]?.label).toBe('positive');
  expect(predictions[0]?.probabilities['positive']).toBeCloseTo(explained!.probabilities[1]!, 3);
});

test('every fifth example of a label is held out; too few are refused', async () => {
  const { train, valid } = split(EXAMPLES);
  expect([train.length, valid.length]).toStrictEqual([46, 10]);
  const settings = readSettings(CLASSIFY_SETTINGS, new URLSearchParams());
  await expect(new ClassifySession().train(settings, EXAMPLES.slice(0, 4), false, 1, () => {})).rejects.toThrow(
    'There must be at least 10 sentences; add some.',
  );
});

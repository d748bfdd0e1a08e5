import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { callSuccessfully, TestFolder } from '@unroll/run/testing';
import { program } from '@unroll/translate/program';
import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import type { RunStart } from '../shell/run-session.ts';
import { readSettings } from '../shell/settings.ts';
import { MODEL_FILES } from '../storage/model-files.ts';
import { drawnPairs, parsePairs } from './pairs.ts';
import { type TranslateNote, TranslateSession } from './session.ts';
import { TRANSLATE_SETTINGS } from './settings.ts';

const COMPUTE = { threads: 1, maximumMemory: 2 ** 28 };
const PAIRS = 'the cat sees.\tle chat voit.\nthe dog sees.\tle chien voit.\n'.repeat(10);

test('learns pairs of one’s own, pauses and resumes, and goes to translate in Node and back', async () => {
  const query = 'steps=40&hidden=12&lr=0.03&pairs=own';
  const settings = readSettings(TRANSLATE_SETTINGS, new URLSearchParams(query));
  const session = new TranslateSession();
  const notes: TranslateNote[] = [];
  const train = (start: RunStart, onReport: () => void) =>
    session.train({ settings, pairs: PAIRS, loaded: undefined }, start, COMPUTE, ({ note }) => {
      if (note) notes.push(note);
      onReport();
    });
  expect(await train('anew', () => void session.pause())).toBeLessThan(40);
  expect(await train('resume', () => {})).toBe(40);
  expect(notes.at(-1)).toMatchObject({ correct: 1, samples: [{ translation: 'le chien voit.' }, {}] });
  const tree = session.translate('the cat sees.', 2, []);
  expect(tree?.text).toBe('le chat voit.');
  expect(session.translate('the cat sees.', 2, [100_000])?.text).toBe('le chat voit.'); // of another model

  using folder = new TestFolder();
  const dir = join(folder.path, 'model');
  mkdirSync(dir);
  for (const [path, bytes] of Object.entries(unzipSync(await session.download('model'))))
    writeFileSync(join(folder.path, path), bytes);
  const { out } = await callSuccessfully(program, ['translate', dir, 'the cat sees.']);
  expect(out.trim()).toBe('le chat voit.');

  const loaded = Object.fromEntries(MODEL_FILES.map((name) => [name, new Uint8Array(readFileSync(join(dir, name)))]));
  const other = new TranslateSession();
  expect(await other.load(loaded, COMPUTE)).toMatchObject({ cells: ['gru'], hidden: 12, layers: 1 });
  expect(other.translate('the cat sees.', 2, [])?.text).toBe('le chat voit.');
  const goesOn = { settings: { ...settings, start: 'loaded', steps: 10 } as const, pairs: PAIRS, loaded };
  expect(await other.train(goesOn, 'anew', COMPUTE, () => {})).toBe(10);
});

test('pairs: every tenth is held out; what is no pair is named', () => {
  const { train, valid } = parsePairs(PAIRS);
  expect([train.length, valid.length]).toStrictEqual([18, 2]);
  expect(() => parsePairs(`${PAIRS}\nno tab`)).toThrow('Line 22: must be a sentence, a tab and its translation');
  expect(() => parsePairs('a\tb')).toThrow('There must be at least 20 pairs, got 1; add some.');
  const drawn = drawnPairs(3);
  const held = new Set(drawn.valid.map(({ source }) => source));
  expect(drawn.train.some(({ source }) => held.has(source))).toBe(false);
  expect(drawnPairs(3)).toStrictEqual(drawn);
});

import { createReferenceBackend, Rng } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { readSettings } from '../shell/settings.ts';
import { Competitor, drawBatch } from './competitor.ts';
import { MicroscopeSession, type RaceNote } from './session.ts';
import { MICROSCOPE_SETTINGS } from './settings.ts';

test('the LSTM learns to remember, and is diagnosed', () => {
  const options = { cell: 'lstm', hidden: 16, lr: 0.02, steps: 120 } as const;
  using competitor = new Competitor(options, createReferenceBackend(), Rng.seeded(1));
  expect(competitor.standing).toMatchObject({ accuracy: 0.25, reach: [], diagnosis: undefined });
  for (let step = 1; step <= 120; step++) competitor.step(step, drawBatch(4, Rng.seeded(step)));
  const { accuracy, reach, diagnosis } = competitor.standing;
  expect(accuracy).toBeGreaterThan(0.9);
  expect(reach).toHaveLength(6);
  expect(diagnosis?.text).toMatch(/^Gradients /);
});

test('a race that is paused and resumed ends as one that never was', async () => {
  const settings = readSettings(
    MICROSCOPE_SETTINGS,
    new URLSearchParams('first=mingru&second=minlstm&delay=3&hidden=4&steps=50'),
  );
  const race = async (pauses: boolean): Promise<{ first: number; note: RaceNote }> => {
    const session = new MicroscopeSession();
    let note: RaceNote | undefined;
    const run = (start: 'anew' | 'resume') =>
      session.train({ settings, loaded: undefined }, start, { threads: 1, maximumMemory: 2 ** 28 }, (progress) => {
        note = progress.note;
        if (start === 'anew' && pauses) void session.pause();
      });
    const first = await run('anew');
    await run('resume');
    return { first, note: note as unknown as RaceNote };
  };
  const [whole, paused] = [await race(false), await race(true)];
  expect(paused.first).toBeLessThan(50);
  expect(paused.note.step).toBe(50);
  expect(paused.note.standings).toStrictEqual(whole.note.standings);
});

test('the answer is the symbol of the first step, and the others are of another kind', () => {
  const { T, x, y } = drawBatch(3, Rng.seeded(1));
  const [B, I] = [y.length, 8];
  expect(T).toBe(4);
  for (let b = 0; b < B; b++) {
    const symbols = Array.from({ length: T }, (_, t) => x.subarray((t * B + b) * I, (t * B + b + 1) * I).indexOf(1));
    expect(symbols[0]).toBe(y[b]);
    expect(Math.min(...symbols.slice(1))).toBeGreaterThan(3);
  }
});

import { Rng } from '@unroll/rnn-core';
import { openBackend } from '@unroll/run';
import { callProgram, callSuccessfully, TestFolder } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { BANDS } from '../piece/log-mel.ts';
import { train } from '../piece/training.ts';
import { program } from '../program.ts';
import type { Recording } from './recordings.ts';
import { listenerTraining } from './spoken-digits.ts';

/** Made-up recordings: digit d is a tone in band 8d + 2 that comes and goes, in noise. */
function tones(speaker: string, rng: Rng): Recording[] {
  return Array.from({ length: 30 }, (_, k) => {
    const [digit, T] = [k % 5, 10 + rng.integer(10)];
    const values = Float32Array.from({ length: T * BANDS }, (_, at) => {
      const isTone = at % BANDS === 8 * digit + 2;
      return (isTone ? 3 : 0) + 0.5 * rng.normal();
    });
    return { T, values, digit, speaker, part: k < 15 ? 'train' : k < 20 ? 'valid' : 'test' };
  });
}

const RECORDINGS = ['a', 'b', 'c'].flatMap((name) => tones(name, Rng.seeded(7).split(name)));

test.each([undefined, 'b'])('it learns tones of different lengths; left out is %s', async (speaker) => {
  using opened = await openBackend({ backend: 'auto', threads: 1 });
  const training = listenerTraining(RECORDINGS, { cell: 'gru', hiddenSize: 64 }, 60, speaker);
  expect(training.examples).toBe(speaker ? 30 : 45);
  const { stderr: stream } = process;
  using _ = await train(training, { seed: 1, backend: opened.backend, stream });
  const { scores, draw } = training.evaluate(opened.backend);
  expect(scores['accuracy']).toBeGreaterThan(0.9);
  expect(draw?.()).toContain(`% of 30`); // ten of each of three speakers, or all of one
});

const DATA = process.env['UNROLL_DATA'];

test.skipIf(DATA === undefined)('recordings are read, learned and predicted (needs UNROLL_DATA)', async () => {
  using folder = new TestFolder();
  const out = `${folder.path}/run`;
  const train = ['spoken-digits', '--short', '--seeds', '1', '--out', out, '--json'];
  expect(JSON.parse((await callSuccessfully(program, train)).out).scores['six speakers']).toHaveLength(1);
  const wav = `${DATA}/speech/free-spoken-digits/test/7_theo_0.wav`;
  const { out: said } = await callSuccessfully(program, ['predict', out, wav]);
  expect(said).toMatch(/^\d \(\d+\.\d %\)\n$/);
  const bad = await callProgram(program, ['predict', out, folder.file('bad.wav', 'no sound')]);
  expect(bad.err).toMatch(/^gallery: .*bad\.wav: must be a WAV file, got [^\n]*\n$/);
});

import { CharLm } from '@unroll/char-lm';
import { program } from '@unroll/char-lm/program';
import { createReferenceBackend, savedTensors } from '@unroll/rnn-core';
import { callSuccessfully, TestFolder } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { accuracyOf, type Example } from './character-encoder.ts';

const WORDS = [
  ['bad', 'dull', 'awful'],
  ['good', 'fine', 'lovely'],
];
const SENTENCES = WORDS.flatMap((words, label) =>
  words.flatMap((word) =>
    ['soup', 'room', 'film', 'staff'].map((noun) => ({ label, text: `the ${noun} was ${word}` })),
  ),
);

test('a classifier on the encoder of a trained character model', { timeout: 60_000 }, async () => {
  using folder = new TestFolder();
  const data = folder.file('reviews.txt', `${SENTENCES.map(({ text }) => text).join('\n')}\n`.repeat(8));
  const run = `${folder.path}/run`;
  const flags = `--hidden-size 12 --embedding-size 6 --bptt 20 --batch-size 8 --steps 30 --lr 0.02 --backend reference`;
  await callSuccessfully(program, ['train', '--data', data, '--out', run, ...flags.split(' ')]);

  using lm = await CharLm.load(run, { backend: createReferenceBackend() });
  const before = savedTensors(lm.model);
  const examples = SENTENCES.map(({ text, label }): Example => ({ text: lm.vocabulary.encode(text), label }));
  const accuracy = (isPretrained: boolean, freeze?: readonly string[]) => {
    const training = { isPretrained, lr: 0.03, steps: 25, seed: 1, ...(freeze && { freeze }) };
    return accuracyOf(lm, examples, examples, training);
  };
  expect(accuracy(true)).toBeGreaterThan(90);
  expect(accuracy(true, ['encoder.*'])).not.toBe(accuracy(false, ['encoder.*']));
  expect(savedTensors(lm.model)).toEqual(before);
});

import { createReferenceBackend } from '@unroll/rnn-core';
import { vocabularyFromText } from '@unroll/text';
import { expect, test } from 'vitest';
import { encodeCorpus } from '../tokenizer.ts';
import { CharLmTask } from './char-lm-task.ts';

const TEXT = 'abcabbcacb'.repeat(20);
const OPTIONS = {
  cell: 'gru',
  hiddenSize: 6,
  numLayers: 1,
  embeddingSize: 6,
  tieWeights: false,
  layerNorm: false,
  block: true,
  ensembleSize: 2,
  embeddingDropout: 0,
  dropout: 0,
  weightDropout: 0,
  variationalDropout: false,
  batchSize: 2,
  bptt: 5,
  bpttGrowth: [],
  optimizer: 'sgd',
  lr: 0.1,
  seed: 1,
} as const;

const corpus = encodeCorpus(
  { name: 'toy', train: TEXT, valid: TEXT, test: undefined },
  vocabularyFromText(TEXT, 'codepoint'),
);
const create = (options = {}) => new CharLmTask({ ...OPTIONS, ...options }, corpus, createReferenceBackend(), 100);

test('the loss of an ensemble is the mean of those of its networks', () => {
  using task = create();
  // Output layers are initialised to zero, so each network has ln V.
  expect(task.step(1)['loss']).toBeCloseTo(Math.log(corpus.vocabulary.size), 5);
});

test('every network of an ensemble carries its own state', () => {
  using task = create({ block: false });
  task.step(1);
  expect(task.carried.size).toBe(1 + 3 * 2); // the GRU’s h; h and x of each block
  for (const [name, state] of task.carried)
    expect(Math.max(...state.toArray().map(Math.abs)), name).toBeGreaterThan(0);
});

test.each([0, 0.5])('networks that begin alike stay so, but with dropout: %d', (dropout) => {
  using task = create({ dropout });
  const [first, second] = task.model.members.map((network) => [...network.namedParameters()]);
  for (const [k, [, param]] of first!.entries()) second![k]![1].view().set(param.view());
  for (const step of [1, 2, 3]) task.step(step);
  const values = [first!, second!].map((params) => params.flatMap(([, param]) => [...param.view()]));
  expect(values[0]!.every((x, k) => x === values[1]![k])).toBe(dropout === 0);
});

import { createReferenceBackend } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { trainSchema } from '../commands/train-flags.ts';
import { LabelSet } from '../data/label-set.ts';
import { SentimentTokenizer } from '../tokenizer/sentiment-tokenizer.ts';
import { SentimentTask } from './sentiment-task.ts';

/** The loss of a first step, bytes of the heap that it takes beside weights and moments, and which layers were probed. */
function step(ensembleSize: number) {
  const examples = Array.from({ length: 8 }, (_, k) => ({
    text: `${k % 2 ? 'good' : 'bad'} `.repeat(40),
    label: String(k % 2),
    where: '',
  }));
  const config = trainSchema.parse({
    hiddenSize: 4,
    embeddingSize: 4,
    charNgramBuckets: 0,
    ensembleSize,
    probeGradients: 1,
  });
  const labels = LabelSet.of(examples, 'toy');
  const targets = labels.indicesOf(examples);
  const { tokenizer, encoded } = SentimentTokenizer.fit(
    examples.map(({ text }) => text),
    targets,
    {
      ...config,
      numClasses: 2,
      minDf: 1,
      l2: 1,
      bag: { wordNgrams: 2, skipBigrams: false, ending: 0, charNgrams: false, lexicon: false, normalize: false },
    },
  );
  const train = { texts: encoded, labels: targets };
  const backend = createReferenceBackend();
  using task = new SentimentTask(config, { labels, tokenizer, train, valid: train, vectors: undefined }, backend, 4);
  const before = backend.heap.bytesInUse;
  const { loss } = task.step(1);
  const layers = task.learner.gradientSnapshot?.layers.map(({ name }) => name);
  return { loss, bytes: backend.heap.bytesInUse - before, layers };
}

test('a step of many networks takes no more memory than that of one, and its loss is their mean', () => {
  const [one, many] = [step(1), step(8)];
  expect(one.bytes).toBeGreaterThan(0);
  expect(many.bytes).toBeLessThan(1.5 * one.bytes);
  expect(many.loss).toBeCloseTo(Math.log(2), 5); // the output layers are zero at first
  expect(one.loss).toBeCloseTo(Math.log(2), 5);
});

test('the gradients of every network are probed', () => {
  const layersOf = (k: number) => ['', '_reverse'].map((direction) => `members.${k}.recurrent.l0${direction}`);
  expect(step(1).layers).toStrictEqual(layersOf(0));
  expect(step(3).layers).toStrictEqual([0, 1, 2].flatMap(layersOf));
});

import { ConfusionMatrix } from '@unroll/metrics';
import {
  argmax,
  type Backend,
  crossEntropy,
  type JsonObject,
  loadWeights,
  type Module,
  Parameters,
  softmax,
  Tape,
  type Tensor,
  type Validation,
} from '@unroll/rnn-core';
import { Picture } from './picture.ts';
import type { Prediction, SavedModel } from './piece.ts';

/** How a model classifies a set of examples. */
export interface Classified {
  /** Mean loss, in nats. */
  readonly loss: number;
  readonly confusions: ConfusionMatrix;
}

const BATCH = 250;

/**
 * Classifies N examples in batches.
 *
 * @param labels [N], each in [0, C)
 * @param logits of the examples with these indices, [B, C]
 */
export function classify(
  backend: Backend,
  labels: Int32Array,
  logits: (tape: Tape, batch: Int32Array) => Tensor,
): Classified {
  const predicted = new Int32Array(labels.length);
  let [loss, C] = [0, 1];
  for (let from = 0; from < labels.length; from += BATCH) {
    const batch = Int32Array.from({ length: Math.min(BATCH, labels.length - from) }, (_, k) => from + k);
    using tape = new Tape(backend, { record: false });
    const scores = logits(tape, batch);
    const targets = tape.ids(labels.slice(from, from + batch.length), [batch.length]);
    loss += crossEntropy(scores, targets, { reduction: 'sum' }).item();
    predicted.set(argmax(scores, { dim: -1 }).values, from);
    C = scores.shape[1] ?? 1;
  }
  return { loss: loss / labels.length, confusions: ConfusionMatrix.from(C, labels, predicted) };
}

/** What progress shows of the validation examples. */
export const validationOf = ({ loss, confusions }: Classified): Validation => ({
  loss,
  metrics: { validLoss: loss, validAccuracy: confusions.accuracy },
});

/** A network from one example to a class. */
export interface Classifier extends Module {
  forward(x: Tensor): Tensor;
}

/** Classifies one example with saved weights. @param input [.., 1, ..], the example as a batch of one */
export function predictClass(model: Classifier, saved: SavedModel, input: (tape: Tape) => Tensor): Prediction {
  const parameters = Parameters.create(model, saved.backend);
  loadWeights(parameters, saved.weights);
  using tape = new Tape(saved.backend, { record: false });
  const probabilities = [...softmax(model.forward(input(tape))).toArray()];
  const best = probabilities.indexOf(Math.max(...probabilities));
  const result: JsonObject = { class: best, probabilities };
  return { text: `${best} (${(100 * (probabilities[best] as number)).toFixed(1)} %)`, result };
}

const CELL = 30;
const [LEFT, TOP] = [56, 56];

/** Draws which class was taken for which: rows are the classes, columns what was predicted. */
export function drawConfusions(confusions: ConfusionMatrix): string {
  const { C } = confusions;
  const [width, height] = [LEFT + C * CELL + 16, TOP + C * CELL + 16];
  const picture = new Picture(width, height);
  const accuracy = `accuracy ${(100 * confusions.accuracy).toFixed(2)} % of ${confusions.examples}`;
  picture.text(LEFT, 18, accuracy, { size: 13 }).text(LEFT, 36, 'predicted →', { size: 10 });
  picture.text(8, TOP - 6, 'actual ↓', { size: 10 });
  for (const actual of confusions.classes()) {
    picture.text(LEFT - 8, TOP + actual * CELL + 20, String(actual), { anchor: 'end' });
    picture.text(LEFT + actual * CELL + CELL / 2, TOP - 6, String(actual), { anchor: 'middle' });
    const { support } = confusions.score(actual);
    for (const predicted of confusions.classes()) {
      const count = confusions.count(actual, predicted);
      const [x, y] = [LEFT + predicted * CELL, TOP + actual * CELL];
      const rate = support === 0 ? 0 : count / support;
      picture.rect(x, y, CELL - 1, CELL - 1, actual === predicted ? green(rate) : red(rate));
      if (count > 0) picture.text(x + CELL / 2 - 0.5, y + 19, String(count), { size: 10, anchor: 'middle' });
    }
  }
  return picture.toString();
}

const green = (rate: number): string => `rgb(${mixed(26, rate)} ${mixed(127, rate)} ${mixed(55, rate)} / 0.6)`;
/** One in a hundred is well visible. */
const red = (rate: number): string => {
  const strength = Math.min(1, Math.sqrt(rate) * 4);
  return `rgb(${mixed(207, strength)} ${mixed(34, strength)} ${mixed(46, strength)} / 0.6)`;
};
const mixed = (color: number, strength: number): number => Math.round(245 + (color - 245) * strength);

import { type Backend, crossEntropy, type Rng, type Tensor } from '@unroll/rnn-core';
import { type Classified, type Classifier, classify, drawConfusions, validationOf } from './classification.ts';
import { type Images, imageTensor } from './images.ts';
import { type Digits, SIZE } from './mnist.ts';
import type { Training } from './piece.ts';

/** A classifier of images of digits. */
export interface ImageClassifier extends Classifier {
  /** Pixels each way of the images it takes; 28 by default, others are means of those. */
  readonly size?: number;
  /**
   * @param x   [size, size, B, 1]
   * @param rng for dropout; undefined at evaluation
   * @returns [B, 10]
   */
  forward(x: Tensor, rng?: Rng): Tensor;
}

/** Trains a classifier on images that are moved at random by up to two pixels. */
export function imageTraining(
  model: ImageClassifier,
  { train, valid, test }: Digits,
  options: Pick<Training, 'steps' | 'config'>,
): Training {
  const pool = SIZE / (model.size ?? SIZE);
  const score = (backend: Backend, images: Images): Classified =>
    classify(backend, images.labels, (tape, batch) =>
      model.forward(imageTensor(tape, images, batch, undefined, pool)),
    );
  return {
    ...options,
    model,
    learner: { lr: 0.002, lrSchedule: 'cosine', warmupRatio: 0.05, gradClip: 1 },
    batchSize: 64,
    examples: train.labels.length,
    loss: (tape, batch, rng) =>
      crossEntropy(
        model.forward(imageTensor(tape, train, batch, rng.split('shift'), pool), rng.split('dropout')),
        tape.ids(
          batch.map((index) => train.labels[index] as number),
          [batch.length],
        ),
      ),
    validate: (backend) => validationOf(score(backend, valid)),
    evaluate: (backend) => {
      const { confusions } = score(backend, test);
      return { scores: { accuracy: confusions.accuracy }, draw: () => drawConfusions(confusions) };
    },
  };
}

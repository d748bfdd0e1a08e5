import { Conv2d, Dropout, Linear, Module, permute, type Rng, relu, type Tensor } from '@unroll/rnn-core';
import { predictClass } from '../piece/classification.ts';
import { type ImageClassifier, imageTraining } from '../piece/image-training.ts';
import { imageTensor, readImage } from '../piece/images.ts';
import { readMnist, SIZE } from '../piece/mnist.ts';
import type { Piece } from '../piece/piece.ts';

/**
 * A convolutional network. It needs no recurrence: an image is one input of a fixed size, and all of it is there at once.
 *
 *     [28, 28, B, 1] → conv 5×5, stride 2 → [14, 14, B, 16] → conv 3×3, stride 2 → [7, 7, B, 32] → [B, 128] → [B, 10]
 */
export class ConvClassifier extends Module implements ImageClassifier {
  readonly conv = [
    new Conv2d({ inChannels: 1, outChannels: 16, kernelSize: 5, stride: 2, padding: 2 }),
    new Conv2d({ inChannels: 16, outChannels: 32, kernelSize: 3, stride: 2, padding: 1 }),
  ];
  readonly hidden = new Linear({ inFeatures: (SIZE / 4) ** 2 * 32, outFeatures: 128 });
  readonly dropout = new Dropout({ p: 0.3 });
  readonly head = new Linear({ inFeatures: 128, outFeatures: 10 });

  forward(x: Tensor, rng?: Rng): Tensor {
    let y = x;
    for (const conv of this.conv) y = relu(conv.forward(y));
    const [H = 0, W = 0, B = 0, C = 0] = y.shape;
    const features = permute(y, [2, 0, 1, 3]).reshape(B, H * W * C);
    return this.head.forward(this.dropout.forward(relu(this.hidden.forward(features)), rng));
  }
}

export const imageClass: Piece = {
  name: 'image-class',
  dataset: 'mnist-10k',
  shape: 'one-to-one',
  summary: 'a convolutional network names a handwritten digit',
  metrics: [{ key: 'accuracy', label: 'accuracy', unit: '%', digits: 2 }],
  input: 'digit.png',
  next: ['image-rows reads the same images row by row, with a recurrent network.'],
  prepare: async (options) => {
    const digits = await readMnist(options);
    const steps = options.short ? 60 : 2100; // 15 epochs
    return { CNN: () => imageTraining(new ConvClassifier(), digits, { steps, config: {} }) };
  },
  predict: (saved, path) => {
    const image = readImage(path, { height: SIZE, width: SIZE });
    return predictClass(new ConvClassifier(), saved, (tape) => imageTensor(tape, image, Int32Array.of(0)));
  },
};

import {
  Conv2d,
  Dropout,
  type LayerState,
  Linear,
  Module,
  permute,
  type Recurrent,
  type Rng,
  relu,
  type Tensor,
} from '@unroll/rnn-core';
import { predictClass } from '../piece/classification.ts';
import { type ImageClassifier, imageTraining } from '../piece/image-training.ts';
import { imageTensor, readImage } from '../piece/images.ts';
import { readMnist, SIZE } from '../piece/mnist.ts';
import type { CreateTraining, Layer, Piece } from '../piece/piece.ts';
import { recurrentLayer } from '../piece/recurrent-layer.ts';

/** What decides the names and shapes of the weights. */
export type RowReaderConfig = Layer & {
  /** A convolution looks at the image first. */
  readonly conv: boolean;
  /** What one time step reads. */
  readonly step: 'row' | 'pixel';
  /** Pixels each way of the image. */
  readonly size: number;
};

const CHANNELS = 32;

/**
 * A recurrent network that reads an image from the top to the bottom; its last state names the digit.
 *
 *     row:          [28, 28, B, 1] → x [28, B, 28] → h [28, B, H] → h[28] → [B, 10]
 *     row of a CNN: [28, 28, B, 1] → conv 5×5, conv 3×3, stride 2 each → x [7, B, 7·32] → …
 *     pixel:        [size, size, B, 1] → x [size², B, 1] → …
 */
export class RowReader extends Module implements ImageClassifier {
  readonly config: RowReaderConfig;
  readonly conv: readonly Conv2d[];
  readonly recurrent: Recurrent;
  readonly dropout = new Dropout({ p: 0.2 });
  readonly head: Linear;

  constructor(config: RowReaderConfig) {
    super();
    const { hiddenSize, conv, step, size } = config;
    this.config = config;
    this.conv = conv
      ? [
          new Conv2d({ inChannels: 1, outChannels: 16, kernelSize: 5, stride: 2, padding: 2 }),
          new Conv2d({ inChannels: 16, outChannels: CHANNELS, kernelSize: 3, stride: 2, padding: 1 }),
        ]
      : [];
    const rowSize = conv ? (size / 4) * CHANNELS : size;
    this.recurrent = recurrentLayer(config, step === 'row' ? rowSize : 1);
    this.head = new Linear({ inFeatures: hiddenSize, outFeatures: 10 });
  }

  get size(): number {
    return this.config.size;
  }

  forward(image: Tensor, rng?: Rng): Tensor {
    let pixels = image;
    for (const conv of this.conv) pixels = relu(conv.forward(pixels));
    const [H = 0, W = 0, B = 0, C = 0] = pixels.shape;
    const x =
      this.config.step === 'row' ? permute(pixels, [0, 2, 1, 3]).reshape(H, B, W * C) : pixels.reshape(H * W, B, C);
    const [{ h }] = this.recurrent.forward(x).state as [LayerState];
    return this.head.forward(this.dropout.forward(h, rng));
  }
}

/** A piece that trains some readers side by side. */
function readerPiece(
  piece: Pick<Piece, 'name' | 'summary' | 'next' | 'sizes'>,
  readers: Readonly<Record<string, Omit<RowReaderConfig, 'size'>>>,
  [whole, short]: readonly [steps: number, shortSteps: number],
): Piece {
  return {
    ...piece,
    shape: 'many-to-one',
    dataset: 'mnist-10k',
    metrics: [{ key: 'accuracy', label: 'accuracy', unit: '%', digits: 2 }],
    input: 'digit.png',
    prepare: async (options) => {
      const digits = await readMnist(options);
      const reader =
        (own: Omit<RowReaderConfig, 'size'>): CreateTraining =>
        ({ cell = own.cell, hiddenSize = own.hiddenSize, steps = options.short ? short : whole } = {}) => {
          const config = { ...own, cell, hiddenSize, size: options.size ?? SIZE };
          return imageTraining(new RowReader(config), digits, { config, steps });
        };
      return Object.fromEntries(Object.entries(readers).map(([name, own]) => [name, reader(own)]));
    },
    predict: (saved, path) => {
      const image = readImage(path, { height: SIZE, width: SIZE });
      const model = new RowReader(saved.config as RowReaderConfig);
      const pool = SIZE / model.size;
      return predictClass(model, saved, (tape) => imageTensor(tape, image, Int32Array.of(0), undefined, pool));
    },
  };
}

export const imageRows = readerPiece(
  {
    name: 'image-rows',
    summary: 'a recurrent network reads a handwritten digit row by row',
    next: ['image-pixels reads them pixel by pixel: 784 steps, where the cells differ.'],
  },
  {
    'CNN + GRU': { cell: 'gru', hiddenSize: 96, conv: true, step: 'row' },
    GRU: { cell: 'gru', hiddenSize: 128, conv: false, step: 'row' },
  },
  [3600, 60], // 26 epochs
);

export const imagePixels = readerPiece(
  {
    name: 'image-pixels',
    summary: 'RNN, GRU and LSTM read a handwritten digit pixel by pixel (minutes per model; --size 7 is faster)',
    sizes: [28, 14, 7],
    next: ['npm run -s compare -- memory shows with synthetic tasks how far back each cell remembers.'],
  },
  {
    GRU: { cell: 'gru', hiddenSize: 64, conv: false, step: 'pixel' },
    LSTM: { cell: 'lstm', hiddenSize: 64, conv: false, step: 'pixel' },
    RNN: { cell: 'rnn', hiddenSize: 64, conv: false, step: 'pixel' },
  },
  [1400, 2], // 10 epochs
);

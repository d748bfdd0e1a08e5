import { Dataset, readIdx } from '@unroll/datasets';
import { DataError } from '@unroll/rnn-core';
import { type Images, imagesBetween } from './images.ts';
import type { PieceOptions } from './piece.ts';

/** Images of digits in their three parts. */
export interface Digits {
  readonly train: Images;
  readonly valid: Images;
  readonly test: Images;
}

const VALIDATION = 1000; // the last of the training part
export const SIZE = 28; // pixels each way

/** @throws DataError when the files are nowhere to be had, or damaged */
export async function readMnist({ dataDir, say, short }: PieceOptions): Promise<Digits> {
  const dataset = Dataset.open('mnist-10k', { dataDir, say });
  const read = async (part: string): Promise<Images> =>
    imagesOf(
      readIdx(await dataset.bytes(`${part}-images-idx3-ubyte.gz`), `${part}-images`),
      readIdx(await dataset.bytes(`${part}-labels-idx1-ubyte.gz`), `${part}-labels`),
    );
  const [all, test] = [await read('train10k'), await read('t10k')];
  const first = all.labels.length - VALIDATION;
  return {
    train: imagesBetween(all, 0, short ? 1000 : first),
    valid: imagesBetween(all, first, short ? first + 200 : all.labels.length),
    test: short ? imagesBetween(test, 0, 500) : test,
  };
}

/** @throws DataError when they are not so many images of 28×28 as labels */
export function imagesOf(images: ReturnType<typeof readIdx>, labels: ReturnType<typeof readIdx>): Images {
  const [N = 0, height = 0, width = 0] = images.shape;
  if (images.shape.length !== 3 || height !== SIZE || width !== SIZE)
    throw new DataError(`MNIST: images must be [N, ${SIZE}, ${SIZE}], got [${images.shape.join(', ')}]`);
  if (labels.shape.join() !== String(N))
    throw new DataError(`MNIST: labels must be [${N}], got [${labels.shape.join(', ')}]`);
  return { height, width, values: images.values, labels: Int32Array.from(labels.values) };
}

import { readFileSync } from 'node:fs';
import { DataError, type Rng, type Tape, type Tensor } from '@unroll/rnn-core';
import { onFile } from '@unroll/run';
import { decode } from 'fast-png';
import type { Pixels } from './picture.ts';

/** Grey images and their classes. */
export interface Images {
  readonly height: number;
  readonly width: number;
  /** [N, H, W], 0 black to 255 white. */
  readonly values: Uint8Array;
  /** [N] */
  readonly labels: Int32Array;
}

/** Some of the images. */
export function imagesBetween({ height, width, values, labels }: Images, from: number, to: number): Images {
  const size = height * width;
  return { height, width, values: values.subarray(from * size, to * size), labels: labels.subarray(from, to) };
}

/** One image to be shown. */
export function pixelsOf({ height, width, values }: Images, index: number): Pixels {
  const size = height * width;
  return { height, width, values: Array.from(values.subarray(index * size, (index + 1) * size), (v) => v / 255) };
}

const MAX_SHIFT = 2; // pixels

/**
 * Images as a convolution takes them.
 *
 * @param rng  moves each image by up to two pixels each way; leave it out at evaluation
 * @param pool pixels each way whose mean is one of the tensor; a divisor of height and width
 * @returns [H/pool, W/pool, B, 1], 0 black to 1 white
 */
export function imageTensor(tape: Tape, images: Images, batch: Int32Array, rng?: Rng, pool = 1): Tensor {
  const { height: H, width: W, values } = images;
  const [B, rows, columns] = [batch.length, H / pool, W / pool];
  const x = new Float32Array(rows * columns * B);
  for (const [b, index] of batch.entries()) {
    const shift = (): number => (rng ? rng.integer(2 * MAX_SHIFT + 1) - MAX_SHIFT : 0);
    const [down, right] = [shift(), shift()];
    for (let i = Math.max(0, down); i < Math.min(H, H + down); i++)
      for (let j = Math.max(0, right); j < Math.min(W, W + right); j++) {
        const at = (Math.floor(i / pool) * columns + Math.floor(j / pool)) * B + b;
        x[at] = (x[at] as number) + (values[(index * H + i - down) * W + j - right] as number) / (255 * pool ** 2);
      }
  }
  return tape.constant(x, [rows, columns, B, 1]);
}

/**
 * Reads a PNG as one grey image.
 *
 * @throws DataError when it is no PNG, or of another size
 */
export function readImage(path: string, { height, width }: { height: number; width: number }): Images {
  const file = onFile(path, 'read', () => readFileSync(path));
  const image = decoded(file, path);
  if (image.width !== width || image.height !== height)
    throw new DataError(
      `${path}: must be ${width}×${height} pixels, got ${image.width}×${image.height}; resize it, a white digit on black`,
    );
  const { channels, data, depth, palette } = image;
  const colors = palette ? 3 : channels < 3 ? 1 : 3; // an alpha channel is left out
  const values = Uint8Array.from({ length: height * width }, (_, k) => {
    const pixel = palette ? (palette[data[k] as number] ?? []) : data.subarray(k * channels, k * channels + colors);
    let sum = 0;
    for (let c = 0; c < colors; c++) sum += (pixel[c] ?? 0) / (palette ? 255 : 2 ** depth - 1);
    return Math.round((255 * sum) / colors);
  });
  return { height, width, values, labels: Int32Array.of(0) };
}

function decoded(file: Uint8Array, path: string): ReturnType<typeof decode> {
  try {
    return decode(file);
  } catch (error) {
    throw new DataError(
      `${path}: must be a PNG image, got ${error instanceof Error ? error.message : 'another file'}`,
    );
  }
}

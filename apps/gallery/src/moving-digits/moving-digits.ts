import * as rnn from '@unroll/rnn-core';
import { classify } from '../piece/classification.ts';
import { Picture, RIGHT, WRONG } from '../piece/picture.ts';
import type { CreateTraining, Layer, Piece, Training } from '../piece/piece.ts';
import { recurrentLayer } from '../piece/recurrent-layer.ts';
import { DIRECTIONS, drawVideo, FRAMES, SIZE, type Video } from './videos.ts';

const [CHANNELS, FEATURES] = [24, 64];

/**
 * A network that watches a video: a convolutional network sees each frame by itself, and a GRU sees what changes.
 *
 *     [24, 24, T·B, 1] → conv 5×5, conv 3×3, stride 2 each → [6, 6, T·B, 24] → [T, B, 64] → GRU → [B, 10] and [B, 8]
 */
class Watcher extends rnn.Module {
  readonly conv = [
    new rnn.Conv2d({ inChannels: 1, outChannels: 12, kernelSize: 5, stride: 2, padding: 2 }),
    new rnn.Conv2d({ inChannels: 12, outChannels: CHANNELS, kernelSize: 3, stride: 2, padding: 1 }),
  ];
  readonly features = new rnn.Linear({ inFeatures: (SIZE / 4) ** 2 * CHANNELS, outFeatures: FEATURES });
  readonly recurrent: rnn.Recurrent;
  readonly digit: rnn.Linear;
  readonly direction: rnn.Linear;

  constructor(layer: Layer) {
    super();
    this.recurrent = recurrentLayer(layer, FEATURES);
    this.digit = new rnn.Linear({ inFeatures: layer.hiddenSize, outFeatures: 10 });
    this.direction = new rnn.Linear({ inFeatures: layer.hiddenSize, outFeatures: DIRECTIONS.length });
  }

  /** @param x [SIZE, SIZE, T·B, 1] @returns logits [B, 10] and [B, 8] */
  forward(x: rnn.Tensor, T: number): { digit: rnn.Tensor; direction: rnn.Tensor } {
    let seen = x;
    for (const conv of this.conv) seen = rnn.relu(conv.forward(seen));
    const [H = 0, W = 0, TB = 0, C = 0] = seen.shape;
    const frames = rnn.relu(this.features.forward(rnn.permute(seen, [2, 0, 1, 3]).reshape(TB, H * W * C)));
    const [{ h }] = this.recurrent.forward(frames.reshape(T, TB / T, FEATURES)).state as [rnn.LayerState];
    return { digit: this.digit.forward(h), direction: this.direction.forward(h) };
  }
}

/** @param shown the frames to watch @returns [SIZE, SIZE, T·B, 1] */
function framesOf(tape: rnn.Tape, videos: readonly Video[], shown: readonly number[]): rnn.Tensor {
  const [T, B] = [shown.length, videos.length];
  const x = new Float32Array(SIZE * SIZE * T * B);
  for (const [b, { pixels }] of videos.entries())
    for (const [t, frame] of shown.entries())
      for (let k = 0; k < SIZE * SIZE; k++) x[(k * T + t) * B + b] = pixels[frame * SIZE * SIZE + k] as number;
  return tape.constant(x, [SIZE, SIZE, T * B, 1]);
}

const drawVideos = (count: number, rng: rnn.Rng): Video[] =>
  Array.from({ length: count }, (_, k) => drawVideo(rng.split(k)));
const labelsOf = (videos: readonly Video[], what: 'digit' | 'direction'): Int32Array =>
  Int32Array.from(videos, (video) => video[what]);

/** @param shown the frames to watch: all of them, or one */
export function watcherTraining(shown: readonly number[], layer: Layer, steps: number, testSize: number): Training {
  const model = new Watcher(layer);
  const [valid, test] = ['valid', 'test'].map((part) => drawVideos(testSize, rnn.Rng.seeded(0).split(part))) as [
    Video[],
    Video[],
  ];
  const score = (backend: rnn.Backend, videos: readonly Video[], what: 'digit' | 'direction') =>
    classify(backend, labelsOf(videos, what), (tape, batch) => {
      const chosen = Array.from(batch, (index) => videos[index] as Video);
      return model.forward(framesOf(tape, chosen, shown), shown.length)[what];
    });
  return {
    model,
    config: layer,
    learner: { lr: 0.003, lrSchedule: 'cosine', warmupRatio: 0.05, gradClip: 1 },
    steps,
    batchSize: 32,
    examples: 32 * steps, // each is drawn once
    loss: (tape, batch, rng) => {
      const videos = drawVideos(batch.length, rng);
      const { digit, direction } = model.forward(framesOf(tape, videos, shown), shown.length);
      const targets = (what: 'digit' | 'direction') => tape.ids(labelsOf(videos, what), [videos.length]);
      return rnn.add(rnn.crossEntropy(digit, targets('digit')), rnn.crossEntropy(direction, targets('direction')));
    },
    validate: (backend) => {
      const [digit, direction] = [score(backend, valid, 'digit'), score(backend, valid, 'direction')];
      const loss = digit.loss + direction.loss;
      return { loss, metrics: { validLoss: loss, validAccuracy: direction.confusions.accuracy } };
    },
    evaluate: (backend) => ({
      scores: {
        digit: score(backend, test, 'digit').confusions.accuracy,
        direction: score(backend, test, 'direction').confusions.accuracy,
      },
      draw: () => drawPredictions(backend, model, test.slice(0, 6), shown),
    }),
  };
}

const [SCALE, GAP] = [3, 8];
const color = (isRight: boolean): string => (isRight ? RIGHT : WRONG);

/** Draws some videos, a row each, and what the model says of them. */
function drawPredictions(
  backend: rnn.Backend,
  model: Watcher,
  videos: readonly Video[],
  shown: readonly number[],
): string {
  using tape = new rnn.Tape(backend, { record: false });
  const { digit, direction } = model.forward(framesOf(tape, videos, shown), shown.length);
  const [digits, directions] = [rnn.argmax(digit, { dim: -1 }).values, rnn.argmax(direction, { dim: -1 }).values];
  const [width, height] = [SIZE * SCALE + GAP, SIZE * SCALE + GAP];
  const picture = new Picture(FRAMES * width + 90, videos.length * height + GAP);
  for (const [row, video] of videos.entries()) {
    const y = GAP + row * height;
    for (let t = 0; t < FRAMES; t++) {
      const values = video.pixels.subarray(t * SIZE * SIZE, (t + 1) * SIZE * SIZE);
      picture.pixels(GAP + t * width, y, { width: SIZE, height: SIZE, values }, SCALE);
    }
    picture.text(FRAMES * width + 20, y + 46, String(digits[row]), {
      size: 26,
      color: color(digits[row] === video.digit),
    });
    picture.text(FRAMES * width + 48, y + 46, DIRECTIONS[directions[row] ?? 0] ?? '', {
      size: 26,
      color: color(directions[row] === video.direction),
    });
  }
  return picture.toString();
}

export const movingDigits: Piece = {
  name: 'moving-digits',
  shape: 'many-to-one',
  summary: 'a CNN and a GRU watch a video and say which digit moves where',
  metrics: [
    { key: 'digit', label: 'digit', unit: '%', digits: 1 },
    { key: 'direction', label: 'direction', unit: '%', digits: 1 },
  ],
  next: ['src/moving-digits/videos.ts draws the videos: let a digit turn, or let two move at once.'],
  prepare: async ({ short }) => {
    const all = Array.from({ length: FRAMES }, (_, t) => t);
    const watcher =
      (shown: readonly number[]): CreateTraining =>
      ({ cell = 'gru', hiddenSize = 64, steps = short ? 8 : 800 } = {}) =>
        watcherTraining(shown, { cell, hiddenSize }, steps, short ? 40 : 1000);
    return { 'CNN + GRU': watcher(all), 'one frame': watcher([(FRAMES - 1) / 2]) };
  },
};

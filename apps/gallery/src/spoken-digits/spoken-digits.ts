import { readFileSync } from 'node:fs';
import {
  Conv1d,
  crossEntropy,
  Dropout,
  Linear,
  Module,
  maxOverTime,
  type Recurrent,
  type Rng,
  relu,
  type Tape,
  type Tensor,
} from '@unroll/rnn-core';
import { onFile } from '@unroll/run';
import { type Classifier, classify, drawConfusions, predictClass, validationOf } from '../piece/classification.ts';
import { BANDS, type Features, logMel } from '../piece/log-mel.ts';
import type { CreateTraining, Layer, Piece, Training } from '../piece/piece.ts';
import { recurrentLayer } from '../piece/recurrent-layer.ts';
import { varied } from '../piece/varied.ts';
import { readWav } from '../piece/wav.ts';
import { type Recording, readRecordings } from './recordings.ts';

const CHANNELS = 64;

/**
 * A network from a recording to a digit.
 *
 *     [T, B, 40] → conv over 5 frames, stride 2 → conv over 3 → [T/2, B, 64] → GRU both ways → max over time → [B, 10]
 */
class DigitListener extends Module implements Classifier {
  readonly conv = [
    new Conv1d({ inChannels: BANDS, outChannels: CHANNELS, kernelSize: 5, stride: 2, padding: 2 }),
    new Conv1d({ inChannels: CHANNELS, outChannels: CHANNELS, kernelSize: 3, padding: 1 }),
  ];
  readonly recurrent: Recurrent;
  readonly dropout = new Dropout({ p: 0.3 });
  readonly head: Linear;

  constructor(layer: Layer) {
    super();
    this.recurrent = recurrentLayer(layer, CHANNELS, { bidirectional: true });
    this.head = new Linear({ inFeatures: 2 * layer.hiddenSize, outFeatures: 10 });
  }

  /** @param x [T, B, 40] @param lengths [B], frames of each @returns [B, 10] */
  forward(x: Tensor, lengths = new Int32Array(x.shape[1] ?? 0).fill(x.shape[0] ?? 0), rng?: Rng): Tensor {
    const [first, second] = this.conv as [Conv1d, Conv1d];
    const halves = lengths.map((length) => Math.ceil(length / 2));
    const features = relu(second.forward(relu(first.forward(x, lengths)), halves));
    const { y } = this.recurrent.forward(this.dropout.forward(features, rng?.split('features')), { lengths: halves });
    return this.head.forward(this.dropout.forward(maxOverTime(y, halves), rng?.split('state')));
  }
}

/** Recordings as a padded batch, [T, B, 40]. */
function batchOf(tape: Tape, recordings: readonly Features[]): { x: Tensor; lengths: Int32Array<ArrayBuffer> } {
  const [B, lengths] = [recordings.length, Int32Array.from(recordings, ({ T }) => T)];
  const T = Math.max(...lengths);
  const x = new Float32Array(T * B * BANDS);
  for (const [b, { values, T }] of recordings.entries())
    for (let t = 0; t < T; t++) x.set(values.subarray(t * BANDS, (t + 1) * BANDS), (t * B + b) * BANDS);
  return { x: tape.constant(x, [T, B, BANDS]), lengths };
}

/** @param speaker is left out of the training, and alone in the test; without one, the test is the official one */
export function listenerTraining(
  recordings: readonly Recording[],
  layer: Layer,
  steps: number,
  speaker?: string,
): Training {
  const model = new DigitListener(layer);
  const known = recordings.filter((recording) => recording.speaker !== speaker);
  const [train, valid] = (['train', 'valid'] as const).map((part) => known.filter((r) => r.part === part)) as [
    Recording[],
    Recording[],
  ];
  const test = recordings.filter((r) => (speaker === undefined ? r.part === 'test' : r.speaker === speaker));
  const score = (backend: Parameters<Training['validate']>[0], set: readonly Recording[]) =>
    classify(
      backend,
      Int32Array.from(set, ({ digit }) => digit),
      (tape, batch) => {
        const { x, lengths } = batchOf(
          tape,
          Array.from(batch, (index) => set[index] as Recording),
        );
        return model.forward(x, lengths);
      },
    );
  return {
    model,
    config: layer,
    learner: { lr: 0.003, lrSchedule: 'cosine', warmupRatio: 0.05, gradClip: 1 },
    steps,
    batchSize: 32,
    examples: train.length,
    loss: (tape, batch, rng) => {
      const chosen = Array.from(batch, (index) => train[index] as Recording);
      const { x, lengths } = batchOf(
        tape,
        chosen.map((recording, b) => varied(recording, rng.split(b))),
      );
      const digits = Int32Array.from(chosen, ({ digit }) => digit);
      return crossEntropy(model.forward(x, lengths, rng), tape.ids(digits, [digits.length]));
    },
    validate: (backend) => validationOf(score(backend, valid)),
    evaluate: (backend) => {
      const { confusions } = score(backend, test);
      return { scores: { accuracy: confusions.accuracy }, draw: () => drawConfusions(confusions) };
    },
  };
}

export const spokenDigits: Piece = {
  name: 'spoken-digits',
  dataset: 'free-spoken-digits',
  shape: 'many-to-one',
  summary: 'a convolution and a GRU name the digit that somebody says',
  metrics: [{ key: 'accuracy', label: 'accuracy', unit: '%', digits: 1 }],
  input: 'my.wav',
  next: [
    'Record yourself: one digit, WAV. Nobody of the six speakers sounds like you, as the rows “without …” show.',
  ],
  prepare: async (options) => {
    const recordings = await readRecordings(options);
    const [all, fewer] = options.short ? [20, 20] : [2400, 1200]; // 160 and 96 epochs
    const speakers = options.short ? [] : [...new Set(recordings.map(({ speaker }) => speaker))];
    const listener =
      (speaker?: string): CreateTraining =>
      ({ cell = 'gru', hiddenSize = 64, steps = speaker ? fewer : all } = {}) =>
        listenerTraining(recordings, { cell, hiddenSize }, steps, speaker);
    return {
      'six speakers': listener(),
      ...Object.fromEntries(speakers.map((speaker) => [`without ${speaker}`, listener(speaker)])),
    };
  },
  predict: (saved, path) => {
    const { T, values } = logMel(
      readWav(
        onFile(path, 'read', () => readFileSync(path)),
        path,
      ),
    );
    return predictClass(new DigitListener(saved.config as Layer), saved, (tape) =>
      tape.constant(values, [T, 1, BANDS]),
    );
  },
};

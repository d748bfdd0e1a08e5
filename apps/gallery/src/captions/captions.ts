import type { Split } from '@unroll/datasets';
import * as rnn from '@unroll/rnn-core';
import { Picture, RIGHT, WRONG } from '../piece/picture.ts';
import type { Layer, Piece, Training } from '../piece/piece.ts';
import { recurrentLayer, stateFrom } from '../piece/recurrent-layer.ts';
import { IGNORED, taught, write } from '../piece/writing.ts';
import { drawScene, type Scene, SIZE, WORDS } from './scenes.ts';

const [PLACES, FEATURES] = [SIZE / 4, 64];
const [END, LONGEST] = [0, 11]; // ten words at most, and the end
const [SCALE, GAP, DRAWN] = [3, 10, 4];

/** What the places of an image say, and the decoder's state. */
type Seen = { readonly memory: rnn.AttentionMemory; readonly state: rnn.State };

/**
 * A network from an image to a sentence.
 *
 *     [24, 24, B, 5] → conv 3×3, conv 5×5, stride 2 each, conv 1×1 → 6×6 places, memory [36, B, 64]
 *     h[t] = GRU(E[word t-1], h[t-1])     context[t] = attention of h[t] over the places     word t from [h[t], context[t]]
 */
class Captioner extends rnn.Module {
  readonly conv = [
    new rnn.Conv2d({ inChannels: 5, outChannels: 24, kernelSize: 3, stride: 2, padding: 1 }),
    new rnn.Conv2d({ inChannels: 24, outChannels: FEATURES, kernelSize: 5, stride: 2, padding: 2 }),
    new rnn.Conv2d({ inChannels: FEATURES, outChannels: FEATURES, kernelSize: 1 }),
  ];
  readonly words = new rnn.Embedding({ numEmbeddings: WORDS.length + 1, embeddingDim: 32 });
  readonly first: rnn.Linear;
  readonly recurrent: rnn.Recurrent;
  readonly attention: rnn.Attention;
  readonly head: rnn.Linear;

  constructor(layer: Layer) {
    super();
    const H = layer.hiddenSize;
    this.first = new rnn.Linear({ inFeatures: FEATURES, outFeatures: H });
    this.recurrent = recurrentLayer(layer, 32);
    this.attention = new rnn.Attention({ querySize: H, memorySize: FEATURES, score: 'additive' });
    this.head = new rnn.Linear({ inFeatures: H + FEATURES, outFeatures: WORDS.length + 1 });
  }

  /** @param image [24, 24, B, 5] */
  look(image: rnn.Tensor): Seen {
    let places = image;
    for (const conv of this.conv) places = rnn.relu(conv.forward(places));
    const memory = places.reshape(PLACES * PLACES, places.shape[2] ?? 0, FEATURES);
    const h = rnn.tanh(this.first.forward(rnn.meanOverTime(memory)));
    return { memory: this.attention.projectMemory(memory), state: [stateFrom(this.recurrent, h)] };
  }

  /** @param before [T, B] @returns logits [T, B, V], where it looked [T, B, 36], and the state after */
  say(before: rnn.Ids, { memory, state }: Seen) {
    const out = this.recurrent.forward(this.words.forward(before), { state });
    const { context, weights } = this.attention.forward(out.y, memory);
    return { logits: this.head.forward(rnn.concat([out.y, context], -1)), weights, state: out.state };
  }
}

/** Images as the network takes them, with the row and the column of each pixel as two more channels. */
function imageOf(tape: rnn.Tape, scenes: readonly Scene[]): rnn.Tensor {
  const [B, x] = [scenes.length, new Float32Array(SIZE * SIZE * scenes.length * 5)];
  for (const [b, { pixels }] of scenes.entries())
    for (let k = 0; k < SIZE * SIZE; k++) {
      const at = (k * B + b) * 5;
      x.set(pixels.subarray(3 * k, 3 * k + 3), at);
      x.set([Math.floor(k / SIZE) / SIZE - 0.5, (k % SIZE) / SIZE - 0.5], at + 3);
    }
  return tape.constant(x, [SIZE, SIZE, B, 5]);
}

const idsOf = ({ sentence }: Scene): number[] => sentence.split(' ').map((word) => WORDS.indexOf(word) + 1);
const drawScenes = (count: number, part: Split, rng: rnn.Rng): Scene[] =>
  Array.from({ length: count }, (_, k) => drawScene(part, rng.split(k)));

export function captionTraining(layer: Layer, steps: number, testSize: number): Training {
  const model = new Captioner(layer);
  const valid = drawScenes(testSize, 'valid', rnn.Rng.seeded(0));
  const test = drawScenes(testSize, 'test', rnn.Rng.seeded(0));
  const loss = (tape: rnn.Tape, scenes: readonly Scene[]): rnn.Tensor => {
    const { before, targets } = taught(tape, scenes.map(idsOf), END);
    const { logits } = model.say(before, model.look(imageOf(tape, scenes)));
    return rnn.crossEntropy(logits, targets, { ignoreIndex: IGNORED });
  };
  return {
    model,
    config: layer,
    learner: { lr: 0.01, lrSchedule: 'cosine', warmupRatio: 0.05, gradClip: 1 },
    steps,
    batchSize: 64,
    examples: 64 * steps, // each is drawn once
    loss: (tape, batch, rng) => loss(tape, drawScenes(batch.length, 'train', rng)),
    validate: (backend) => {
      using tape = new rnn.Tape(backend, { record: false });
      const validLoss = loss(tape, valid).item();
      return { loss: validLoss, metrics: { validLoss } };
    },
    evaluate: (backend) => {
      const captions = caption(backend, model, test);
      const right = captions.filter(({ sentence }, k) => sentence === test[k]?.sentence);
      return { scores: { exact: right.length / test.length }, draw: () => drawCaptions(test, captions) };
    },
  };
}

/** A sentence, and for each of its words where the network looked, [36]. */
type Caption = { readonly sentence: string; readonly looks: readonly ArrayLike<number>[] };

function caption(backend: rnn.Backend, model: Captioner, scenes: readonly Scene[]): Caption[] {
  using tape = new rnn.Tape(backend, { record: false });
  let seen = model.look(imageOf(tape, scenes));
  const looks: rnn.Tensor[] = [];
  const next = (before: Int32Array): rnn.Tensor => {
    const out = model.say(tape.ids(before, [1, before.length]), seen);
    seen = { ...seen, state: out.state };
    looks.push(out.weights.row(0));
    return out.logits.row(0);
  };
  return write(next, { count: scenes.length, end: END, longest: LONGEST }).map((ids, b) => ({
    sentence: ids.map((id) => WORDS[id - 1]).join(' '),
    looks: ids.map((_, t) => (looks[t] as rnn.Tensor).row(b).toArray()),
  }));
}

/** Draws some images, a row each, and under each word what it was written from. */
function drawCaptions(scenes: readonly Scene[], captions: readonly Caption[]): string {
  const [width, height] = [SIZE * SCALE + GAP, SIZE * SCALE + 26];
  const picture = new Picture(LONGEST * width + GAP, DRAWN * height + GAP);
  for (const [row, { sentence, looks }] of captions.slice(0, DRAWN).entries()) {
    const [{ pixels, sentence: wanted }, y] = [scenes[row] as Scene, GAP + row * height];
    picture.pixels(GAP, y, { width: SIZE, height: SIZE, values: pixels }, SCALE);
    for (const [t, word] of sentence.split(' ').entries()) {
      const [x, look] = [GAP + (t + 1) * width, looks[t] ?? []];
      const strongest = Math.max(...Array.from(look));
      const values = pixels.map((value, k) => {
        const [i, j] = [Math.floor(k / 3 / SIZE), Math.floor(k / 3) % SIZE];
        return value * (0.15 + (0.85 * (look[Math.floor(i / 4) * PLACES + Math.floor(j / 4)] ?? 0)) / strongest);
      });
      picture.pixels(x, y, { width: SIZE, height: SIZE, values }, SCALE);
      picture.text(x, y + SIZE * SCALE + 14, word, { color: word === wanted.split(' ')[t] ? RIGHT : WRONG });
    }
  }
  return picture.toString();
}

export const captions: Piece = {
  name: 'captions',
  shape: 'one-to-many',
  summary: 'a CNN looks at two shapes, and a GRU with attention says what they are',
  metrics: [{ key: 'exact', label: 'exact match', unit: '%', digits: 1 }],
  next: ['src/captions/scenes.ts draws the scenes: add a colour, or a third shape.'],
  prepare: async ({ short }) => ({
    'CNN, GRU, attention': ({ cell = 'gru', hiddenSize = 96, steps = short ? 8 : 2400 } = {}) =>
      captionTraining({ cell, hiddenSize }, steps, short ? 20 : 1000),
  }),
};

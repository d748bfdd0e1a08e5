import type { Split } from '@unroll/datasets';
import * as rnn from '@unroll/rnn-core';
import { Picture, RIGHT, WRONG } from '../piece/picture.ts';
import type { Piece, Training } from '../piece/piece.ts';
import { write } from '../piece/writing.ts';
import { drawScene, type Scene, SIZE, WORDS } from './scenes.ts';

const [PLACES, FEATURES, HIDDEN] = [SIZE / 4, 64, 96];
const [END, LENGTH] = [0, 11]; // ten words at most, and the end

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
  readonly first = new rnn.Linear({ inFeatures: FEATURES, outFeatures: HIDDEN });
  readonly words = new rnn.Embedding({ numEmbeddings: WORDS.length + 1, embeddingDim: 32 });
  readonly gru = new rnn.Gru({ inputSize: 32, hiddenSize: HIDDEN });
  readonly attention = new rnn.Attention({ querySize: HIDDEN, memorySize: FEATURES, score: 'additive' });
  readonly head = new rnn.Linear({ inFeatures: HIDDEN + FEATURES, outFeatures: WORDS.length + 1 });

  /** @param image [24, 24, B, 5] */
  look(image: rnn.Tensor): Seen {
    let places = image;
    for (const conv of this.conv) places = rnn.relu(conv.forward(places));
    const memory = places.reshape(PLACES * PLACES, places.shape[2] ?? 0, FEATURES);
    const h = rnn.tanh(this.first.forward(rnn.meanOverTime(memory)));
    return { memory: this.attention.projectMemory(memory), state: [{ h }] };
  }

  /** @param before [T, B] @returns logits [T, B, V], where it looked [T, B, 36], and the state after */
  say(before: rnn.Ids, { memory, state }: Seen) {
    const out = this.gru.forward(this.words.forward(before), { state });
    const { context, weights } = this.attention.forward(out.y, memory);
    return { logits: this.head.forward(rnn.concat([out.y, context], -1)), weights, state: out.state };
  }
}

/** Images as the network takes them, with the row and the column of each pixel as two more channels. */
function imageOf(tape: rnn.Tape, scenes: readonly Scene[]): rnn.Tensor {
  const B = scenes.length;
  const x = new Float32Array(SIZE * SIZE * B * 5);
  for (const [b, { pixels }] of scenes.entries())
    for (let k = 0; k < SIZE * SIZE; k++) {
      const at = (k * B + b) * 5;
      for (let c = 0; c < 3; c++) x[at + c] = pixels[3 * k + c] as number;
      x[at + 3] = Math.floor(k / SIZE) / SIZE - 0.5;
      x[at + 4] = (k % SIZE) / SIZE - 0.5;
    }
  return tape.constant(x, [SIZE, SIZE, B, 5]);
}

/** The ids of sentences, [LENGTH, B], the end where one is over. */
function idsOf(scenes: readonly Scene[]): Int32Array {
  const words = scenes.map(({ sentence }) => sentence.split(' '));
  const at = (k: number): string => words[k % words.length]?.[Math.floor(k / words.length)] ?? '';
  return Int32Array.from({ length: LENGTH * words.length }, (_, k) => WORDS.indexOf(at(k)) + 1);
}

const drawScenes = (count: number, part: Split, rng: rnn.Rng): Scene[] =>
  Array.from({ length: count }, (_, k) => drawScene(part, rng.split(k)));

export function captionTraining(steps: number, testSize: number): Training {
  const model = new Captioner();
  const valid = drawScenes(testSize, 'valid', rnn.Rng.seeded(0));
  const test = drawScenes(testSize, 'test', rnn.Rng.seeded(0));
  const loss = (tape: rnn.Tape, scenes: readonly Scene[]): rnn.Tensor => {
    const [B, targets] = [scenes.length, idsOf(scenes)];
    const before = targets.map((_, k) => (k < B ? END : (targets[k - B] as number)));
    const { logits } = model.say(tape.ids(before, [LENGTH, B]), model.look(imageOf(tape, scenes)));
    return rnn.crossEntropy(logits, tape.ids(targets, [LENGTH, B]));
  };
  return {
    model,
    config: {},
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
  return write(next, { count: scenes.length, end: END, longest: LENGTH }).map((ids, b) => ({
    sentence: ids.map((id) => WORDS[id - 1]).join(' '),
    looks: ids.map((_, t) => (looks[t] as rnn.Tensor).row(b).toArray()),
  }));
}

const [SCALE, GAP, DRAWN] = [3, 10, 4];

/** Draws some images, a row each, and under each word what it was written from. */
function drawCaptions(scenes: readonly Scene[], captions: readonly Caption[]): string {
  const [width, height] = [SIZE * SCALE + GAP, SIZE * SCALE + 26];
  const picture = new Picture(LENGTH * width + GAP, DRAWN * height + GAP);
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
    'CNN, GRU, attention': () => captionTraining(short ? 8 : 2400, short ? 20 : 1000),
  }),
};

import * as rnn from '@unroll/rnn-core';
import { didYouMean } from '@unroll/run';
import { Picture, RIGHT } from '../piece/picture.ts';
import type { CreateTraining, Layer, Piece, Training } from '../piece/piece.ts';
import { recurrentLayer } from '../piece/recurrent-layer.ts';
import { IGNORED, taught, write } from '../piece/writing.ts';
import { charactersOf, LANGUAGES, type Name, type NameParts, readNames } from './name-lists.ts';

const [LONGEST, END] = [20, 0];

/** What decides the names and shapes of the weights: the characters, with ids from 1, and whether the language is told. */
type WriterConfig = Telling & { readonly characters: string };
type Telling = Layer & { readonly conditional: boolean };

/**
 * A network that writes a name, character after character, in a language it is told.
 *
 *     x[t] = [E[character t-1], L[language]] → GRU → logits of character t; 0 begins and ends a name
 */
export class NameWriter extends rnn.Module {
  readonly characters: rnn.Embedding;
  readonly languages = new rnn.Embedding({ numEmbeddings: LANGUAGES.length, embeddingDim: 16 });
  readonly recurrent: rnn.Recurrent;
  readonly dropout = new rnn.Dropout({ p: 0.3 });
  readonly head: rnn.Linear;
  readonly #conditional: boolean;

  constructor({ cell, hiddenSize, characters, conditional }: WriterConfig) {
    super();
    const numEmbeddings = Array.from(characters).length + 1;
    this.characters = new rnn.Embedding({ numEmbeddings, embeddingDim: 32 });
    this.recurrent = recurrentLayer({ cell, hiddenSize }, 32 + 16);
    this.head = new rnn.Linear({ inFeatures: hiddenSize, outFeatures: numEmbeddings });
    this.#conditional = conditional;
  }

  /** @param before [T, B] @param languages [B] @returns logits [T, B, V] */
  forward(
    tape: rnn.Tape,
    before: rnn.Ids,
    languages: Int32Array,
    state?: rnn.State,
    rng?: rnn.Rng,
  ): { logits: rnn.Tensor; state: rnn.State } {
    const [T = 0, B = 0] = before.shape;
    const told = this.#conditional ? languages : new Int32Array(B);
    const language = this.languages.forward(tape.ids(told, [1, B]));
    const x = rnn.concat([this.characters.forward(before), rnn.expand(language, [T, B, 16])], -1);
    const out = this.recurrent.forward(x, { state });
    return { logits: this.head.forward(this.dropout.forward(out.y, rng)), state: out.state };
  }

  /** Writes a name in each language given, every character drawn from its probability. */
  write(backend: rnn.Backend, languages: Int32Array, characters: readonly string[], rng: rnn.Rng): string[] {
    using tape = new rnn.Tape(backend, { record: false });
    const B = languages.length;
    let state: rnn.State | undefined;
    const next = (before: Int32Array): rnn.Tensor => {
      const out = this.forward(tape, tape.ids(before, [1, B]), languages, state);
      state = out.state;
      return out.logits.row(0);
    };
    const written = write(next, { count: B, end: END, longest: LONGEST, rng });
    return written.map((ids) => ids.map((id) => characters[id - 1]).join(''));
  }
}

/** @param sampled how many names are written for the share of new ones */
export function writerTraining(parts: NameParts, telling: Telling, steps: number, sampled: number): Training {
  const { train, valid, test } = parts;
  const characters = charactersOf(parts);
  const config = { ...telling, characters: characters.join('') };
  const model = new NameWriter(config);
  const known = new Set(train.map(({ name }) => name));

  /** The mean loss of a character, the ends of the names included. */
  const loss = (tape: rnn.Tape, names: readonly Name[], rng?: rnn.Rng): rnn.Tensor => {
    const ids = names.map(({ name }) => Array.from(name, (character) => characters.indexOf(character) + 1));
    const { before, targets } = taught(tape, ids, END);
    const languages = Int32Array.from(names, ({ language }) => language);
    const { logits } = model.forward(tape, before, languages, undefined, rng);
    return rnn.crossEntropy(logits, targets, { ignoreIndex: IGNORED });
  };
  const heldOut = (backend: rnn.Backend, names: readonly Name[]): number => {
    using tape = new rnn.Tape(backend, { record: false });
    return loss(tape, names).item();
  };
  return {
    model,
    config,
    learner: { lr: 0.004, lrSchedule: 'cosine', warmupRatio: 0.05, gradClip: 1 },
    steps,
    batchSize: 64,
    examples: train.length,
    loss: (tape, batch, rng) => {
      const names = Array.from(batch, (k) => train[k] as Name);
      return loss(tape, names, rng);
    },
    validate: (backend) => {
      const validLoss = heldOut(backend, valid);
      return { loss: validLoss, metrics: { validLoss } };
    },
    evaluate: (backend) => {
      const languages = Int32Array.from({ length: sampled }, (_, k) => k % LANGUAGES.length);
      const written = model.write(backend, languages, characters, rnn.Rng.seeded(0));
      const novel = written.filter((name) => !known.has(name)).length / sampled;
      return { scores: { nats: heldOut(backend, test), novel }, draw: () => drawNames(written, known) };
    },
  };
}

const [COLUMN, ROWS, LINE] = [104, 10, 20];

/** Draws a column of names a language; those that are in the training data are grey. */
function drawNames(written: readonly string[], known: ReadonlySet<string>): string {
  const picture = new Picture(LANGUAGES.length * COLUMN + 16, (ROWS + 2) * LINE + 8);
  for (const [column, language] of LANGUAGES.entries()) {
    picture.text(12 + column * COLUMN, LINE, language, { size: 13 });
    const names = written.filter((_, k) => k % LANGUAGES.length === column).slice(0, ROWS);
    for (const [row, name] of names.entries())
      picture.text(12 + column * COLUMN, (row + 2) * LINE, name, { color: known.has(name) ? '#8c959f' : RIGHT });
  }
  return picture.toString();
}

export const names: Piece = {
  name: 'names',
  shape: 'one-to-many',
  summary: 'a GRU writes a family name in the language it is told',
  metrics: [
    { key: 'nats', label: 'loss', unit: 'nats/character' },
    { key: 'novel', label: 'new names', unit: '%', digits: 1 },
  ],
  input: 'Czech',
  next: ['src/names/name-lists.ts has the languages: add one of faker’s, or its first names.'],
  prepare: async ({ short }) => {
    const parts = readNames();
    const writer =
      (conditional: boolean): CreateTraining =>
      ({ cell = 'gru', hiddenSize = 160, steps = short ? 20 : 1500 } = {}) =>
        writerTraining(parts, { cell, hiddenSize, conditional }, steps, short ? 50 : 1000);
    return { 'told the language': writer(true), 'not told': writer(false) };
  },
  predict: ({ config, weights, backend }, input) => {
    const language = LANGUAGES.findIndex((name) => name.toLowerCase() === input.toLowerCase());
    if (language < 0)
      throw new rnn.ConfigError(
        `INPUT must be one of ${LANGUAGES.join(', ')}, got ${input}${didYouMean(input, LANGUAGES)}`,
      );
    const writer = config as WriterConfig;
    const model = new NameWriter(writer);
    rnn.loadWeights(rnn.Parameters.create(model, backend), weights);
    const ten = new Int32Array(10).fill(language);
    const written = model.write(backend, ten, Array.from(writer.characters), rnn.Rng.seeded(Date.now() % 2 ** 32));
    return { text: written.join('\n'), result: { language: LANGUAGES[language] ?? '', names: written } };
  },
};

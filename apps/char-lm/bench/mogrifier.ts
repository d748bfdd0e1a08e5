/**
 * Trains a character model with or without Mogrifier gates (Melis et al. 2020), with the optimiser, the learning rates and the
 * windows of `--minutes`, and prints its validation loss as a line of JSON.
 *
 *     node .ci/start.mjs apps/char-lm/bench/mogrifier.ts DATASET CELL ROUNDS STEPS SEED
 *
 * CELL is gru or lstm; of 0 rounds it is that cell alone. The gates are written with `scan`, which is several times slower than a fused
 * cell with them would be.
 */
import {
  add,
  type CellSequence,
  carryState,
  chunk,
  constant,
  crossEntropy,
  type Direction,
  Embedding,
  Gru,
  type Ids,
  initializersOf,
  type LayerState,
  Learner,
  Linear,
  Lstm,
  linear,
  Module,
  mul,
  normal,
  Param,
  Parameters,
  Rng,
  type State,
  scale,
  scan,
  sigmoid,
  sub,
  Tape,
  type Tensor,
  tanh,
} from '@unroll/rnn-core';
import { openBackend } from '@unroll/run';
import { WindowStream } from '@unroll/text';
import { readEncodedCorpus } from '../src/commands/encoded-corpus.ts';
import { negativeLogLikelihoods } from '../src/evaluation/likelihood.ts';
import { BpttSchedule } from '../src/training/bptt-schedule.ts';
import { BATCH_SIZE as B, HIDDEN_SIZE as H, LEARNER, WINDOWS } from './short-training.ts';

const RANK = 48; // of the matrices of a round

/** A character model of one GRU or LSTM with a tied table, as `--minutes` trains it, with Mogrifier gates before each step. */
class MogrifierModel extends Module {
  readonly embedding: Embedding;
  readonly cell: Gru | Lstm;
  readonly rounds: readonly { readonly down: Linear; readonly up: Linear }[];
  readonly bias: Param;

  constructor(vocabSize: number, cell: 'gru' | 'lstm', rounds: number) {
    super();
    this.embedding = new Embedding({
      numEmbeddings: vocabSize,
      embeddingDim: H,
      initializer: normal(1 / Math.sqrt(H)),
    });
    this.cell = new (cell === 'gru' ? Gru : Lstm)({ inputSize: H, hiddenSize: H, ...initializersOf(cell) });
    this.rounds = Array.from({ length: rounds }, () => ({
      down: new Linear({ inFeatures: H, outFeatures: RANK, bias: false }),
      up: new Linear({ inFeatures: RANK, outFeatures: H }),
    }));
    this.bias = new Param([vocabSize], constant(0));
  }

  zeroState(batchSize: number): State {
    return this.cell.zeroState(batchSize);
  }

  /** @param ids [T, B] */
  forward(ids: Ids, { state }: { readonly state: State }): { logits: Tensor; state: State } {
    const x = this.embedding.forward(ids);
    const { y, state: last } =
      this.rounds.length === 0 ? this.cell.forward(x, { state }) : this.#gated(x, state[0] as LayerState);
    return { logits: linear(y, this.embedding.weight, this.bias), state: last };
  }

  #gated(x: Tensor, { h, c }: LayerState): { y: Tensor; state: State } {
    const { y, state } = c
      ? scan((x, { h, c }) => this.#lstmStep(x, h, c), x, { h, c })
      : scan((x, { h }) => this.#gruStep(x, h), x, { h });
    return { y, state: [state] };
  }

  #lstmStep(x: Tensor, h: Tensor, c: Tensor): { y: Tensor; state: { h: Tensor; c: Tensor } } {
    const [input, hidden] = this.#mogrified(x, h);
    const { sequences } = this.cell.forward(input.reshape(1, ...input.shape), { state: [{ h: hidden, c }] });
    const { last, lastCell } = sequences[0] as CellSequence;
    return { y: last, state: { h: last, c: lastCell } };
  }

  /** The gates read the gated hidden state; what is kept of it is not gated, as the cell of an LSTM is not. */
  #gruStep(x: Tensor, h: Tensor): { y: Tensor; state: { h: Tensor } } {
    const [input, hidden] = this.#mogrified(x, h);
    const { weightIh, weightHh, biasIh, biasHh } = this.cell.directions[0] as Direction;
    const [xr, xz, xn] = chunk(linear(input, weightIh, biasIh), 3);
    const [hr, hz, hn] = chunk(linear(hidden, weightHh as Param, biasHh), 3);
    const n = tanh(add(xn, mul(sigmoid(add(xr, hr)), hn)));
    const next = add(n, mul(sigmoid(add(xz, hz)), sub(h, n)));
    return { y: next, state: { h: next } };
  }

  /** Input and hidden state, [B, H] each, after the rounds: x ← 2σ(Q·h)∘x and h ← 2σ(R·x)∘h in turn. */
  #mogrified(x: Tensor, h: Tensor): [input: Tensor, hidden: Tensor] {
    for (const [k, { down, up }] of this.rounds.entries()) {
      const gate = (by: Tensor): Tensor => scale(sigmoid(up.forward(down.forward(by))), 2);
      if (k % 2 === 0) x = mul(gate(h), x);
      else h = mul(gate(x), h);
    }
    return [x, h];
  }
}

const [dataset = '', cell, ...numbers] = process.argv.slice(2);
const [rounds = Number.NaN, steps = Number.NaN, seed = Number.NaN] = numbers.map(Number);
if (!(cell === 'gru' || cell === 'lstm') || ![rounds, steps, seed].every(Number.isSafeInteger)) {
  console.error('mogrifier: must be given a data set, gru or lstm, and whole numbers of rounds, steps and the seed');
  process.exit(2);
}
const { train, valid, vocabulary } = await readEncodedCorpus({ dataset, unit: 'codepoint' });
using open = await openBackend({ backend: 'native', threads: 1, precision: 'bf16' });
const { backend } = open;
const model = new MogrifierModel(vocabulary.size, cell, rounds);
using learner = new Learner(Parameters.create(model, backend, Rng.seeded(seed)), LEARNER, steps);
const schedule = new BpttSchedule({ ...WINDOWS, steps });
const stream = WindowStream.ending(train, B, schedule.predictions);
using session = new Tape(backend, { record: false }); // holds the state from step to step
const state = model.zeroState(B);
const begin = performance.now();
for (let step = 1; step <= steps; step++) {
  const { x, y, T } = stream.next(schedule.bpttAt(step));
  using tape = new Tape(session.backend);
  const out = model.forward(tape.ids(x, [T, B]), { state });
  learner.update(tape, crossEntropy(out.logits, tape.ids(y, [T, B])), step);
  carryState(out.state, state);
}
const seconds = (performance.now() - begin) / 1000;
const nats = await negativeLogLikelihoods(model, backend, valid.encoded.ids, {
  context: train.slice(-129),
  streams: 64,
});
const loss = nats.reduce((sum, x) => sum + x, 0) / nats.length;
console.log(
  JSON.stringify({
    dataset,
    cell,
    rounds,
    steps,
    seed,
    loss: Number(loss.toFixed(4)),
    seconds: Number(seconds.toFixed(1)),
  }),
);

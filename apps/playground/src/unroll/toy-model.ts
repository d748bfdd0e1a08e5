import {
  Adam,
  type Backend,
  type CellName,
  createRecurrent,
  crossEntropy,
  GradientClip,
  initializersOf,
  Linear,
  Module,
  Parameters,
  type Recurrent,
  Rng,
  softmax,
  Tape,
  yieldToEventLoop,
} from '@unroll/rnn-core';
import type { UnrollSettings } from './settings.ts';
import { ALPHABET, drawExample, type Example } from './shapes.ts';

/** A small trained network on one example, step by step: T steps, H units, V letters. */
export interface Unrolled extends Example {
  readonly cell: CellName;
  /** [T + 1, H], the state before the first step and after each. */
  readonly h: readonly (readonly number[])[];
  /** [T + 1, H], of an LSTM and SRU. */
  readonly c: readonly (readonly number[])[];
  /** [T, V], the probability of each letter after each step. */
  readonly probabilities: readonly (readonly number[])[];
  /** [T + 1], ‖∂L/∂h[t]‖, with that of the cell in an LSTM and SRU. */
  readonly gradients: readonly number[];
  readonly weights: CellWeights;
  /** Fraction of the targets of 200 other sequences that it names correctly. */
  readonly accuracy: number;
}

/** The weights of the cell in torch's layout, G gates. */
export interface CellWeights {
  readonly weightIh: readonly number[]; // [G·H, V]; of an SRU with H = V [3·H, V]
  readonly weightHh: readonly number[]; // [G·H, H]; of an SRU [2·H]; empty where the cell has none, as is each bias
  readonly biasIh: readonly number[]; // [G·H]
  readonly biasHh: readonly number[]; // [G·H]
}

class ToyModel extends Module {
  readonly rnn: Recurrent;
  readonly head: Linear;

  constructor({ cell, hidden }: Pick<UnrollSettings, 'cell' | 'hidden'>) {
    super();
    this.rnn = createRecurrent(cell, { inputSize: ALPHABET.length, hiddenSize: hidden, ...initializersOf(cell) });
    this.head = new Linear({ inFeatures: hidden, outFeatures: ALPHABET.length });
  }
}

const BATCH = 32;
const TEST = 200;
const NONE = -1;

/**
 * Trains a network for a few hundred steps and runs it forward and backward over one example.
 *
 * @param signal ends the training early; then nothing is returned
 */
export async function unrolled(
  settings: UnrollSettings,
  backend: Backend,
  signal: { readonly aborted: boolean },
): Promise<Unrolled | undefined> {
  const { shape, length: T, steps, lr, seed } = settings;
  const rng = Rng.seeded(seed);
  const model = new ToyModel(settings);
  const parameters = Parameters.create(model, backend, rng.split('init'));
  const adam = new Adam(parameters);
  const clip = new GradientClip({ norm: 1 });
  const data = rng.split('data');
  const draw = (count: number, from: Rng): Example[] =>
    Array.from({ length: count }, () => drawExample(shape, T, from));
  try {
    const trainStep = (step: number): void => {
      using tape = new Tape(backend);
      const batch = draw(BATCH, data.split(step));
      tape.grad(loss(model, tape, batch).loss, parameters);
      adam.step(lr, clip.apply(parameters).scale);
    };
    for (let step = 1; step <= steps && !signal.aborted; step++) {
      trainStep(step);
      await yieldToEventLoop();
    }
    if (signal.aborted) return undefined;
    const accuracy = accuracyOf(model, backend, draw(TEST, rng.split('test')));
    return {
      ...inspected(model, backend, drawExample(shape, T, Rng.seeded(settings.example))),
      accuracy,
      cell: settings.cell,
    };
  } finally {
    adam.free();
    parameters.free();
  }
}

/** Runs examples of equal length, and compares what comes out with what should. */
function loss(model: ToyModel, tape: Tape, batch: readonly Example[]) {
  const [T, B, V] = [batch[0]?.inputs.length ?? 0, batch.length, ALPHABET.length];
  const x = new Float32Array(T * B * V);
  const y = new Int32Array(T * B).fill(NONE);
  for (const [b, { inputs, targets }] of batch.entries())
    for (let t = 0; t < T; t++) {
      const [input, target] = [indexOf(inputs[t]), indexOf(targets[t])];
      if (input !== NONE) x[(t * B + b) * V + input] = 1;
      y[t * B + b] = target;
    }
  const out = model.rnn.forward(tape.constant(x, [T, B, V]));
  const logits = model.head.forward(out.y);
  return { logits, out, targets: y, loss: crossEntropy(logits, tape.ids(y, [T, B]), { ignoreIndex: NONE }) };
}

const indexOf = (letter: string | null | undefined): number =>
  letter ? ALPHABET.indexOf(letter as (typeof ALPHABET)[number]) : NONE;

function accuracyOf(model: ToyModel, backend: Backend, examples: readonly Example[]): number {
  using tape = new Tape(backend, { record: false });
  const { logits, targets } = loss(model, tape, examples);
  const values = logits.view();
  const V = ALPHABET.length;
  let [correct, count] = [0, 0];
  for (const [k, target] of targets.entries()) {
    if (target === NONE) continue;
    const row = Array.from(values.subarray(k * V, (k + 1) * V));
    count++;
    if (row.indexOf(Math.max(...row)) === target) correct++;
  }
  return correct / count;
}

/** One example forward and backward, with everything that is shown of it. */
function inspected(model: ToyModel, backend: Backend, example: Example): Omit<Unrolled, 'accuracy' | 'cell'> {
  const T = example.inputs.length;
  using tape = new Tape(backend);
  const { logits, out, loss: nats } = loss(model, tape, [example]);
  const H = model.rnn.config.hiddenSize;
  const probabilities = rows(softmax(logits).toArray(), ALPHABET.length);
  const [sequence] = out.sequences;
  const h = rows(sequence?.states.toArray() ?? [], H);
  const c = sequence && 'cells' in sequence ? rows(sequence.cells.toArray(), H) : [];
  let gradients: number[] = [];
  const { kernels, heap } = backend;
  const squares = (ptr: number, t: number): number =>
    ptr ? kernels.sumOfSquares(ptr + t * H * heap.realBytes, H) : 0; // only an LSTM and an SRU have a gradient of cells
  tape.grad(nats, undefined, {
    observer: () => (dh, dc) => {
      gradients = Array.from({ length: T + 1 }, (_, t) => Math.sqrt(squares(dh, t) + squares(dc, t)));
    },
  });
  const [direction] = model.rnn.directions;
  return {
    ...example,
    h,
    c,
    probabilities,
    gradients,
    weights: {
      weightIh: numbers(direction?.weightIh),
      weightHh: numbers(direction?.weightHh),
      biasIh: numbers(direction?.biasIh),
      biasHh: numbers(direction?.biasHh),
    },
  };
}

const rows = (values: ArrayLike<number>, width: number): number[][] =>
  Array.from({ length: values.length / width }, (_, k) => Array.from(values).slice(k * width, (k + 1) * width));

const numbers = (tensor: { toArray(): ArrayLike<number> } | undefined): number[] =>
  Array.from(tensor?.toArray() ?? []);

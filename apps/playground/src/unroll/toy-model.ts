import {
  type Backend,
  type CellName,
  createRecurrent,
  crossEntropy,
  initializersOf,
  Learner,
  Linear,
  type Metrics,
  Module,
  Parameters,
  type Recurrent,
  Rng,
  softmax,
  Tape,
  type TrainingTask,
  type Validation,
} from '@unroll/rnn-core';
import { ALPHABET, drawExample, type Example, type Shape } from './shapes.ts';

/** A small network on one example, step by step: T steps, H units, V letters. */
export interface Unrolled extends Example {
  readonly shape: Shape;
  readonly cell: CellName;
  /** [T + 1, H], the state before the first step and after each. */
  readonly h: readonly (readonly number[])[];
  /** [T + 1, C], of a cell that has one beside h. */
  readonly c: readonly (readonly number[])[];
  /** [T, V], the probability of each letter after each step. */
  readonly probabilities: readonly (readonly number[])[];
  /** [T + 1], ‖∂L/∂h[t]‖, with that of c where there is one. */
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

/** What a toy network is, and what it is for. */
export interface ToyConfig {
  readonly shape: Shape;
  readonly cell: CellName;
  /** T */
  readonly length: number;
  /** H */
  readonly hidden: number;
}

interface ToyOptions extends ToyConfig {
  readonly lr: number;
  readonly seed: number;
}

class ToyModel extends Module {
  readonly rnn: Recurrent;
  readonly head: Linear;

  constructor({ cell, hidden }: ToyConfig) {
    super();
    this.rnn = createRecurrent(cell, { inputSize: ALPHABET.length, hiddenSize: hidden, ...initializersOf(cell) });
    this.head = new Linear({ inFeatures: hidden, outFeatures: ALPHABET.length });
  }
}

const BATCH = 32;
const HELD_OUT = 200;
const NONE = -1;

/** A small network in training on random sequences of its shape's task. */
export class ToyTask implements TrainingTask, Disposable {
  readonly learner: Learner;
  readonly config: ToyConfig;
  readonly #model: ToyModel;
  readonly #backend: Backend;
  readonly #data: Rng;
  readonly #heldOut: readonly Example[];

  constructor({ lr, seed, ...config }: ToyOptions, backend: Backend, steps: number) {
    const { shape, cell, length, hidden } = config;
    this.config = { shape, cell, length, hidden };
    this.#backend = backend;
    this.#model = new ToyModel(this.config);
    const rng = Rng.seeded(seed);
    const parameters = Parameters.create(this.#model, backend, rng.split('init'));
    this.learner = new Learner(parameters, { lr, gradClip: 1 }, steps);
    this.#data = rng.split('data');
    this.#heldOut = this.#draw(HELD_OUT, rng.split('test'));
  }

  get parameterCount(): number {
    return this.#model.parameterCount;
  }

  step(step: number): Metrics {
    using tape = new Tape(this.#backend);
    const { loss } = lossOf(this.#model, tape, this.#draw(BATCH, this.#data.split(step)));
    return this.learner.update(tape, loss, step);
  }

  validate(): Validation {
    using tape = new Tape(this.#backend, { record: false });
    const loss = lossOf(this.#model, tape, this.#heldOut).loss.item();
    return { loss, metrics: { validLoss: loss } };
  }

  /** The network as it is now, forward and backward over one sequence. @param example its number */
  unrolled(example: number): Unrolled {
    const { shape, cell, length } = this.config;
    const sequence = drawExample(shape, length, Rng.seeded(example));
    return { ...inspected(this.#model, this.#backend, sequence), shape, cell, accuracy: this.#accuracy() };
  }

  #draw(count: number, rng: Rng): Example[] {
    return Array.from({ length: count }, () => drawExample(this.config.shape, this.config.length, rng));
  }

  #accuracy(): number {
    using tape = new Tape(this.#backend, { record: false });
    const { logits, targets } = lossOf(this.#model, tape, this.#heldOut);
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

  [Symbol.dispose](): void {
    this.learner[Symbol.dispose]();
  }
}

/** Runs examples of equal length, and compares what comes out with what should. */
function lossOf(model: ToyModel, tape: Tape, batch: readonly Example[]) {
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

/** One example forward and backward, with everything that is shown of it. */
function inspected(
  model: ToyModel,
  backend: Backend,
  example: Example,
): Omit<Unrolled, 'shape' | 'cell' | 'accuracy'> {
  const T = example.inputs.length;
  using tape = new Tape(backend);
  const { logits, out, loss } = lossOf(model, tape, [example]);
  const H = model.rnn.config.hiddenSize;
  const probabilities = rows(softmax(logits).toArray(), ALPHABET.length);
  const [sequence] = out.sequences;
  const h = rows(sequence?.states.toArray() ?? [], H);
  const c = sequence && 'cells' in sequence ? rows(sequence.cells.toArray(), model.rnn.cellSize) : [];
  let gradients: number[] = [];
  const { kernels, heap } = backend;
  const squares = (ptr: number, t: number, width: number): number =>
    ptr ? kernels.sumOfSquares(ptr + t * width * heap.realBytes, width) : 0; // not every cell has a gradient of cells
  tape.grad(loss, undefined, {
    observer:
      ({ cellSize }) =>
      (dh, dc) => {
        gradients = Array.from({ length: T + 1 }, (_, t) => Math.sqrt(squares(dh, t, H) + squares(dc, t, cellSize)));
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

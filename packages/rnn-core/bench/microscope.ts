/**
 * What watching costs: a training step of an LSTM with the microscope off, on at every tenth step, and on at every step.
 * Prints the medians of interleaved rounds and the share on top. The bound is 20 % at every tenth step.
 */
import {
  createReferenceBackend,
  crossEntropy,
  Gru,
  Linear,
  Lstm,
  Microscope,
  Module,
  Parameters,
  type Recurrent,
  Rng,
  Rnn,
  Sgd,
  Tape,
} from '@unroll/rnn-core';

const [T, B, I, H, V] = [32, 8, 32, 64, 50];
const ROUNDS = 7;
const STEPS = 10; // a round: one looked-at step among ten

class Model extends Module {
  readonly rnn: Recurrent;
  readonly head = new Linear({ inFeatures: H, outFeatures: V });

  constructor(rnn: Recurrent) {
    super();
    this.rnn = rnn;
  }
}

const cells = {
  RNN: () => new Rnn({ inputSize: I, hiddenSize: H }),
  GRU: () => new Gru({ inputSize: I, hiddenSize: H }),
  LSTM: () => new Lstm({ inputSize: I, hiddenSize: H }),
};

for (const [cell, make] of Object.entries(cells)) {
  const backend = createReferenceBackend();
  const model = new Model(make());
  const parameters = Parameters.create(model, backend, Rng.seeded(1));
  const optimizer = new Sgd(parameters);
  const rng = Rng.seeded(2);
  const values = Float32Array.from({ length: T * B * I }, () => rng.normal());
  const targets = Int32Array.from({ length: T * B }, () => rng.integer(V));

  /** Seconds of a round of ten steps. @param every how often to look; 0 for never */
  const round = (every: number): number => {
    const microscope = every > 0 ? new Microscope({ parameters, every }) : undefined;
    const start = performance.now();
    for (let step = 1; step <= STEPS; step++) {
      using tape = new Tape(backend);
      const { y } = model.rnn.forward(tape.constant(values, [T, B, I]));
      const loss = crossEntropy(model.head.forward(y), tape.ids(targets, [T, B]));
      tape.grad(loss, parameters, { observer: microscope?.at(step) });
      if (microscope) microscope.update(() => optimizer.step(0.01));
      else optimizer.step(0.01);
      microscope?.snapshot();
    }
    return (performance.now() - start) / 1000;
  };

  const times = { off: [] as number[], tenth: [] as number[], every: [] as number[] };
  round(1); // compilation
  for (let k = 0; k < ROUNDS; k++) {
    times.off.push(round(0));
    times.tenth.push(round(10));
    times.every.push(round(1));
  }
  const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[ROUNDS >> 1] as number;
  const off = median(times.off);
  const share = (seconds: number): string => `${(100 * (seconds / off - 1)).toFixed(1)} %`;
  console.log(
    `${cell.padEnd(4)} T=${T} B=${B} H=${H}: off ${((1000 * off) / STEPS).toFixed(1)} ms a step; every tenth step +${share(median(times.tenth))}; every step +${share(median(times.every))}`,
  );
}

import * as rnn from '@unroll/rnn-core';
import { command, optimizationFlags, type Program, runTraining, trainingExclusive, trainingFlags } from '@unroll/run';
import { z } from 'zod';

const schema = z.object({
  length: z.int().min(1).default(9).meta({ description: 'bits of a sequence', section: 'Data' }),
  hiddenSize: z.int().min(1).default(16).meta({ description: 'hidden units', section: 'Model' }),
  ...optimizationFlags,
  ...trainingFlags,
});
type Config = z.output<typeof schema>;

class Classifier extends rnn.Module {
  readonly embedding = new rnn.Embedding({ numEmbeddings: 2, embeddingDim: 4 });
  readonly gru: rnn.Gru;
  readonly head: rnn.Linear;

  constructor(hiddenSize: number) {
    super();
    this.gru = new rnn.Gru({ inputSize: 4, hiddenSize });
    this.head = new rnn.Linear({ inFeatures: hiddenSize, outFeatures: 2 });
  }
}

/** Learns whether a sequence of bits holds more ones than zeros. */
class MajorityTask implements rnn.TrainingTask, Disposable {
  readonly learner: rnn.Learner;
  readonly #model: Classifier;
  readonly #config: Config;
  readonly #backend: rnn.Backend;
  readonly #rng: rnn.Rng;

  constructor(config: Config, backend: rnn.Backend, steps: number) {
    [this.#config, this.#backend, this.#rng] = [config, backend, rnn.Rng.seeded(config.seed)];
    this.#model = new Classifier(config.hiddenSize);
    this.learner = new rnn.Learner(
      rnn.Parameters.create(this.#model, backend, this.#rng.split('init')),
      config,
      steps,
    );
  }

  step(step: number): rnn.Metrics {
    using tape = new rnn.Tape(this.#backend);
    return { ...this.learner.update(tape, this.#loss(tape, this.#rng.split(step)), step), sequences: 32 };
  }

  validate(): rnn.Validation {
    using tape = new rnn.Tape(this.#backend, { record: false });
    const loss = this.#loss(tape, this.#rng.split('valid')).item();
    return { loss, metrics: { validLoss: loss } };
  }

  [Symbol.dispose](): void {
    this.learner[Symbol.dispose]();
  }

  #loss(tape: rnn.Tape, rng: rnn.Rng): rnn.Tensor {
    const [T, B] = [this.#config.length, 32];
    const bits = Int32Array.from({ length: T * B }, () => rng.integer(2));
    const ones = Int32Array.from({ length: B }, (_, b) =>
      bits.reduce((sum, bit, k) => sum + (k % B === b ? bit : 0), 0),
    );
    const { y } = this.#model.gru.forward(this.#model.embedding.forward(tape.ids(bits, [T, B])));
    const majority = tape.ids(
      ones.map((count) => Number(count > T / 2)),
      [B],
    );
    return rnn.crossEntropy(this.#model.head.forward(y.row(T - 1)), majority);
  }
}

const train = command({
  schema,
  exclusive: trainingExclusive,
  run: async (config, context) => {
    const { result } = await runTraining({
      app: 'majority',
      config,
      context,
      prepare: async () => ({
        data: { name: 'bits', files: [] },
        architecture: 'Classifier',
        model: { hiddenSize: config.hiddenSize },
        tokenizer: {},
        unit: 'sequences',
        metrics: [{ key: 'loss', label: 'loss', unit: 'nats' }],
        createTask: (backend, steps) => new MajorityTask(config, backend, steps),
        describe: ({ learner }) => `${learner.parameters.size} parameters`,
        evaluate: async (task) => ({ evaluation: undefined, result: { finalLoss: task.validate().loss } }),
      }),
    });
    return result;
  },
});

/** `cli.ts` calls it. */
export const program: Program = {
  app: 'majority',
  invocation: 'node --import tsx -C unroll-source examples/cli.ts',
  summary: 'Which bit is in the majority?',
  commands: { train: { summary: 'Trains a GRU to tell whether there are more ones than zeros.', ...train } },
};

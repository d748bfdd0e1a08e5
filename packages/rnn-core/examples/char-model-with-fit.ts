/**
 * A character language model trained with `fit`: validation, early stopping and checkpoints come with it.
 * Run: node --import tsx -C unroll-source examples/char-model-with-fit.ts
 */
import * as rnn from '@unroll/rnn-core';

const [rng, backend] = [rnn.Rng.seeded(1), rnn.createReferenceBackend()];
const pick = (words: readonly string[]): string => words[rng.integer(words.length)] ?? '';
const NOUNS = ['a cat', 'the dog', 'a bird', 'the child'];
const sentence = (): string => `${pick(NOUNS)} ${pick(['sees', 'hears', 'likes'])} ${pick(NOUNS)}.\n`;
const text = Array.from({ length: 300 }, sentence).join('');
const vocabulary = [...new Set(text)];
const ids = Int32Array.from(text, (character) => vocabulary.indexOf(character));
const [train, valid] = [ids.subarray(0, -1000), ids.subarray(-1000)];
const [T, B, V, STEPS] = [32, 8, vocabulary.length, 200];

class CharModel extends rnn.Module {
  readonly embedding = new rnn.Embedding({ numEmbeddings: V, embeddingDim: 16 });
  readonly gru = new rnn.Gru({ inputSize: 16, hiddenSize: 48 });
  readonly head = new rnn.Linear({ inFeatures: 48, outFeatures: V });

  /** @param text [T + 1, B] @returns nats per character */
  loss(tape: rnn.Tape, text: Int32Array, B: number): rnn.Tensor {
    const T = text.length / B - 1;
    const { y } = this.gru.forward(this.embedding.forward(tape.ids(text.slice(0, T * B), [T, B])));
    return rnn.crossEntropy(this.head.forward(y), tape.ids(text.slice(B), [T, B]));
  }
}

export const model = new CharModel();
const parameters = rnn.Parameters.create(model, backend, rng.split('init'));

/** The method: one step, and one validation. */
const task: rnn.TrainingTask = {
  learner: new rnn.Learner(parameters, { lr: 0.01, lrSchedule: 'cosine', gradClip: 1 }, STEPS),
  step(step) {
    using tape = new rnn.Tape(backend);
    const random = rng.split(step); // so that a resumed training draws the same
    const starts = Array.from({ length: B }, () => random.integer(train.length - T));
    const windows = Int32Array.from(
      { length: (T + 1) * B },
      (_, k) => train[(starts[k % B] ?? 0) + Math.floor(k / B)] ?? 0,
    );
    return this.learner.update(tape, model.loss(tape, windows, B), step);
  },
  validate() {
    using tape = new rnn.Tape(backend, { record: false });
    const loss = model.loss(tape, valid, 1).item();
    return { loss, metrics: { bitsPerCharacter: loss / Math.LN2 } };
  },
};

const checkpoints = new rnn.MemoryCheckpoints(); // @unroll/run keeps them on disk, and resumes from there
const log = (record: rnn.MetricsRecord): void => void ('bitsPerCharacter' in record && console.log(record));
export const result = await rnn.fit(task, { steps: STEPS, validateEvery: 20, patience: 3, checkpoints, log });
rnn.loadWeights(model, checkpoints.best() ?? new Map());
export const file = rnn.saveWeights(model); // model.safetensors, which PyTorch reads too
console.log(`stopped at step ${result.step}; best validation loss ${result.bestLoss.toFixed(3)} nats per character`);

/**
 * A character language model with nothing hidden: data, model, loss, gradients, clipping, optimiser, sampling.
 * Run: node --import tsx -C unroll-source examples/char-model.ts
 */
import * as rnn from '@unroll/rnn-core';

const text = `
The Owl and the Pussy-cat went to sea in a beautiful pea-green boat:
they took some honey, and plenty of money, wrapped up in a five-pound note.
The Owl looked up to the stars above, and sang to a small guitar.
`;
const vocabulary = [...new Set(text)];
const ids = Int32Array.from(text, (character) => vocabulary.indexOf(character));
const [T, B, V, H] = [32, 8, vocabulary.length, 64]; // time steps, batch size, vocabulary size, hidden size

class CharModel extends rnn.Module {
  readonly embedding = new rnn.Embedding({ numEmbeddings: V, embeddingDim: 16 });
  readonly lstm = new rnn.Lstm({ inputSize: 16, hiddenSize: H });
  readonly head = new rnn.Linear({ inFeatures: H, outFeatures: V });

  /** @param x [T, B] @returns logits of each next character, [T, B, V], and the state after the last step */
  forward(x: rnn.Ids, initial?: rnn.State) {
    const { y, state } = this.lstm.forward(this.embedding.forward(x), { state: initial });
    return { logits: this.head.forward(y), state };
  }
}

const [model, rng] = [new CharModel(), rnn.Rng.seeded(1)];
const backend = rnn.createReferenceBackend(); // @unroll/kernels has faster ones
const parameters = rnn.Parameters.create(model, backend, rng.split('init'));
const [optimizer, clip] = [new rnn.Adam(parameters), new rnn.GradientClip({ norm: 1 })];

for (let step = 1; step <= 200; step++) {
  using tape = new rnn.Tape(backend); // records this step; what it computed is freed at the end of the block
  const starts = Array.from({ length: B }, () => rng.integer(ids.length - T));
  const at = (k: number): number => (starts[k % B] ?? 0) + Math.floor(k / B); // row t holds step t of every window
  const x = Int32Array.from({ length: T * B }, (_, k) => ids[at(k)] ?? 0);
  const y = Int32Array.from({ length: T * B }, (_, k) => ids[at(k) + 1] ?? 0); // the next character of each
  const { logits } = model.forward(tape.ids(x, [T, B]));
  const loss = rnn.crossEntropy(logits, tape.ids(y, [T, B])); // nats per character
  tape.grad(loss, parameters); // back-propagation through time
  optimizer.step(0.01, clip.apply(parameters).scale);
  if (step % 50 === 0) console.log(`step ${step}: ${(loss.item() / Math.LN2).toFixed(2)} bits per character`);
}

/** Continues a text, each character sampled from softmax(logits / temperature). */
export function sample(prompt: string, length: number, temperature = 0.3): string {
  using tape = new rnn.Tape(backend, { record: false });
  let [written, next, state] = [prompt, prompt, undefined as rnn.State | undefined];
  while (written.length < length) {
    const x = Int32Array.from(next, (character) => vocabulary.indexOf(character));
    const out = model.forward(tape.ids(x, [x.length, 1]), state);
    const weights = Array.from(out.logits.row(x.length - 1).view(), (logit) => Math.exp(logit / temperature));
    let left = rng.uniform() * weights.reduce((sum, weight) => sum + weight);
    next = vocabulary[weights.findIndex((weight) => (left -= weight) < 0)] ?? '\n';
    [written, state] = [written + next, out.state];
  }
  return written;
}
console.log(sample('The Owl', 140));

/**
 * Many to one: the bits of a number in, its remainder by three out. Reading a bit makes n into 2n + bit, so three states are
 * enough to know the remainder of any number: the network finds them.
 * Run: node --import tsx -C unroll-source examples/many-to-one.ts
 */
import * as rnn from '@unroll/rnn-core';

class Remainder extends rnn.Module {
  readonly bits = new rnn.Embedding({ numEmbeddings: 2, embeddingDim: 4 });
  readonly gru = new rnn.Gru({ inputSize: 4, hiddenSize: 16 });
  readonly head = new rnn.Linear({ inFeatures: 16, outFeatures: 3 });

  /** @param numbers [B] whole numbers @returns a score for 0, 1 and 2, [B, 3] */
  forward(numbers: readonly number[], tape: rnn.Tape): rnn.Tensor {
    const words = numbers.map((n) => n.toString(2)); // the highest bit first
    const lengths = Int32Array.from(words, (word) => word.length); // how many bits of each are real, not padding
    const [T, B] = [Math.max(...lengths), words.length];
    const bits = Int32Array.from({ length: T * B }, (_, k) => Number(words[k % B]?.[Math.floor(k / B)] ?? 0));
    const { state } = this.gru.forward(this.bits.forward(tape.ids(bits, [T, B])), { lengths });
    return this.head.forward(state[0]?.h as rnn.Tensor); // [B, 16], after the last real bit of each
  }
}

const backend = rnn.createReferenceBackend();
const model = new Remainder();
const rng = rnn.Rng.seeded(1);
const parameters = rnn.Parameters.create(model, backend, rng.split('init'));
const optimizer = new rnn.Adam(parameters);
const B = 32;

for (let step = 1; step <= 400; step++) {
  using tape = new rnn.Tape(backend);
  const stream = rng.split(step);
  const numbers = Array.from({ length: B }, () => stream.integer(2 ** (1 + stream.integer(8))));
  const remainders = Int32Array.from(numbers, (n) => n % 3);
  const loss = rnn.crossEntropy(model.forward(numbers, tape), tape.ids(remainders, [B]));
  tape.grad(loss, parameters);
  optimizer.step(0.01);
  if (step % 100 === 0) console.log(`step ${step}: ${loss.item().toFixed(4)} nats`);
}

using tape = new rnn.Tape(backend, { record: false });
const asked = Array.from({ length: 200 }, (_, k) => 3 ** 9 + 7 * k); // twice as long as those it was trained on
const scores = model.forward(asked, tape);
const answers = asked.map((_, b) => scores.row(b).toArray()).map((row) => row.indexOf(Math.max(...row)));
for (const [k, n] of asked.slice(0, 5).entries()) console.log(`${n} mod 3 = ${answers[k]}`);
export const accuracy = answers.filter((answer, k) => answer === (asked[k] ?? 0) % 3).length / asked.length;
console.log(`${100 * accuracy} % of ${asked.length} numbers twice as long as those it was trained on`);

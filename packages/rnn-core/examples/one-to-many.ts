/**
 * One to many: a digit in, its name out, letter by letter. The network sees the same digit at every step; where in the
 * word it is, only its state knows.
 * Run: node --import tsx -C unroll-source examples/one-to-many.ts
 */
import * as rnn from '@unroll/rnn-core';

const NAMES = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const LETTERS = ' efghinorstuvwxz'; // a blank after the end
const [T, B] = [5, NAMES.length];

class Speller extends rnn.Module {
  readonly digits = new rnn.Embedding({ numEmbeddings: 10, embeddingDim: 8 });
  readonly gru = new rnn.Gru({ inputSize: 8, hiddenSize: 24 });
  readonly head = new rnn.Linear({ inFeatures: 24, outFeatures: LETTERS.length });

  /** @param digits [T, B] @returns a score for every letter at every step, [T, B, V] */
  forward(digits: rnn.Ids): rnn.Tensor {
    return this.head.forward(this.gru.forward(this.digits.forward(digits)).y);
  }
}

// Time comes first everywhere: row t holds what each of the ten words shows at step t.
const digits = Int32Array.from({ length: T * B }, (_, k) => k % B);
const letters = Int32Array.from({ length: T * B }, (_, k) =>
  LETTERS.indexOf(NAMES[k % B]?.[Math.floor(k / B)] ?? ' '),
);

const backend = rnn.createReferenceBackend();
const speller = new Speller();
const parameters = rnn.Parameters.create(speller, backend, rnn.Rng.seeded(1));
const optimizer = new rnn.Adam(parameters);

for (let step = 1; step <= 150; step++) {
  using tape = new rnn.Tape(backend);
  const loss = rnn.crossEntropy(speller.forward(tape.ids(digits, [T, B])), tape.ids(letters, [T, B]));
  tape.grad(loss, parameters);
  optimizer.step(0.02);
  if (step % 50 === 0) console.log(`step ${step}: ${loss.item().toFixed(4)} nats a letter`);
}

using tape = new rnn.Tape(backend, { record: false });
const scores = speller.forward(tape.ids(digits, [T, B]));
export const spelled = NAMES.map((_, b) => {
  const best = Array.from({ length: T }, (_, t) => scores.row(t).row(b).toArray()).map((row) =>
    row.indexOf(Math.max(...row)),
  );
  return best
    .map((letter) => LETTERS[letter])
    .join('')
    .trimEnd();
});
for (const [digit, name] of spelled.entries()) console.log(`${digit} → ${name}`);

/**
 * Many to many, aligned: two numbers in, bit by bit from the lowest, and at every step one bit of their sum out. What to carry
 * over to the next bit the network has to find out; once it has, it adds numbers of any length.
 * Run: node --import tsx -C unroll-source examples/many-to-many.ts
 */
import * as rnn from '@unroll/rnn-core';

class Adder extends rnn.Module {
  readonly rnn = new rnn.Rnn({ inputSize: 2, hiddenSize: 12 });
  readonly head = new rnn.Linear({ inFeatures: 12, outFeatures: 2 });

  /** @param bits [T, B, 2] @returns a score for 0 and for 1 at every step, [T, B, 2] */
  forward(bits: rnn.Tensor): rnn.Tensor {
    return this.head.forward(this.rnn.forward(bits).y);
  }
}

/** T bits of every number, the lowest first; time comes first everywhere. */
const bitsOf = (numbers: readonly number[], T: number): number[] =>
  Array.from({ length: T }, (_, t) => numbers.map((n) => Math.floor(n / 2 ** t) % 2)).flat();

const backend = rnn.createReferenceBackend();
const adder = new Adder();
const rng = rnn.Rng.seeded(1);
const parameters = rnn.Parameters.create(adder, backend, rng.split('init'));
const optimizer = new rnn.Adam(parameters);
const [T, B] = [8, 32];

for (let step = 1; step <= 300; step++) {
  using tape = new rnn.Tape(backend);
  const stream = rng.split(step);
  const pairs = Array.from({ length: B }, () => [stream.integer(2 ** 7), stream.integer(2 ** 7)] as const);
  const sums = bitsOf(
    pairs.map(([a, b]) => a + b),
    T,
  );
  const scores = adder.forward(tape.constant(bitsOf(pairs.flat(), T), [T, B, 2]));
  const loss = rnn.crossEntropy(scores, tape.ids(Int32Array.from(sums), [T, B]));
  tape.grad(loss, parameters);
  optimizer.step(0.02);
  if (step % 100 === 0) console.log(`step ${step}: ${loss.item().toFixed(4)} nats a bit`);
}

/** Adds by the network alone, numbers five times as long as those it was trained on. */
export function add(a: number, b: number): number {
  using tape = new rnn.Tape(backend, { record: false });
  const scores = adder.forward(tape.constant(bitsOf([a, b], 5 * T), [5 * T, 1, 2])).toArray();
  let sum = 0;
  for (let t = 0; t < 5 * T; t++) if ((scores[2 * t + 1] ?? 0) > (scores[2 * t] ?? 0)) sum += 2 ** t;
  return sum;
}

for (const [a, b] of [
  [13, 9],
  [255, 1],
  [123_456_789, 987_654_321],
] as const)
  console.log(`${a} + ${b} = ${add(a, b)}`);

/**
 * One to one: two bits in, one out. No recurrence yet: two layers learn “either, but not both”, which one cannot.
 * Run: node --import tsx -C unroll-source examples/one-to-one.ts
 */
import * as rnn from '@unroll/rnn-core';

class Net extends rnn.Module {
  readonly hidden = new rnn.Linear({ inFeatures: 2, outFeatures: 4 });
  readonly output = new rnn.Linear({ inFeatures: 4, outFeatures: 2 });

  /** @param bits [B, 2] @returns a score for 0 and for 1, [B, 2] */
  forward(bits: rnn.Tensor): rnn.Tensor {
    return this.output.forward(rnn.tanh(this.hidden.forward(bits)));
  }
}

const inputs = [0, 0, 0, 1, 1, 0, 1, 1]; // four pairs
const targets = Int32Array.of(0, 1, 1, 0); // exclusive or

const backend = rnn.createReferenceBackend();
const net = new Net();
const parameters = rnn.Parameters.create(net, backend, rnn.Rng.seeded(1));
const optimizer = new rnn.Adam(parameters);

for (let step = 1; step <= 200; step++) {
  using tape = new rnn.Tape(backend); // holds every intermediate of this step, and lets them go at its end
  const loss = rnn.crossEntropy(net.forward(tape.constant(inputs, [4, 2])), tape.ids(targets, [4]));
  tape.grad(loss, parameters);
  optimizer.step(0.05);
  if (step % 50 === 0) console.log(`step ${step}: ${loss.item().toFixed(4)} nats`);
}

using tape = new rnn.Tape(backend, { record: false });
const scores = net.forward(tape.constant(inputs, [4, 2])).toArray();
export const answers = [0, 1, 2, 3].map((k) => ((scores[2 * k + 1] ?? 0) > (scores[2 * k] ?? 0) ? 1 : 0));
for (const [k, answer] of answers.entries()) console.log(`${inputs[2 * k]} xor ${inputs[2 * k + 1]} = ${answer}`);

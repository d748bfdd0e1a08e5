import {
  Adam,
  createReferenceBackend,
  crossEntropy,
  Embedding,
  Gru,
  Linear,
  Module,
  Parameters,
  Rng,
  Tape,
} from '@unroll/rnn-core';

const text = 'to be, or not to be, that is the question. '.repeat(4);
const [ids, T] = [Int32Array.from(text, (letter) => letter.charCodeAt(0)), text.length - 1];
class Speller extends Module {
  letters = this.module('letters', new Embedding({ count: 128, size: 16 }));
  gru = this.module('gru', new Gru({ inputSize: 16, hiddenSize: 32 }));
  head = this.module('head', new Linear({ inputSize: 32, outputSize: 128 }));
}
const [model, backend] = [new Speller(), createReferenceBackend()];
const parameters = Parameters.create(model, backend, Rng.seeded(1));
const adam = new Adam(parameters);
for (let step = 1; step <= 60; step++) {
  using tape = new Tape(backend); // what the step computes ends with this block: there is nothing to dispose of
  const { y } = model.gru.forward(model.letters.lookup(tape.ids(ids.slice(0, T), [T, 1]))); // [T, B, H]
  const { loss } = crossEntropy(model.head.forward(y), tape.ids(ids.slice(1), [T, 1])); //     nats per character
  tape.grad(loss, parameters);
  adam.step(0.02);
  if (step % 20 === 0) console.log(`step ${step}: ${loss.item().toFixed(3)} nats`);
}

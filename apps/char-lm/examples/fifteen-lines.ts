import * as rnn from '@unroll/rnn-core';

const ids = Int32Array.from('to be, or not to be, that is the question. '.repeat(4), (c) => c.charCodeAt(0));
class CharModel extends rnn.Module {
  embedding = new rnn.Embedding({ numEmbeddings: 128, embeddingDim: 16 });
  gru = new rnn.Gru({ inputSize: 16, hiddenSize: 32 });
  head = new rnn.Linear({ inFeatures: 32, outFeatures: 128 });
}
const [model, backend, T] = [new CharModel(), rnn.createReferenceBackend(), ids.length - 1];
const adam = new rnn.Adam(rnn.Parameters.create(model, backend, rnn.Rng.seeded(1)));
for (let step = 1; step <= 60; step++) {
  using tape = new rnn.Tape(backend); // frees what this step computes at the end of the block
  const { y } = model.gru.forward(model.embedding.forward(tape.ids(ids.slice(0, T), [T, 1]))); //     [T, B, H]
  const loss = rnn.crossEntropy(model.head.forward(y), tape.ids(ids.slice(1), [T, 1])); // nats per character
  tape.grad(loss, adam.parameters);
  adam.step(0.02);
  if (step % 20 === 0) console.log(`step ${step}: ${loss.item().toFixed(3)} nats`);
}

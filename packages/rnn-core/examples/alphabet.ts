import * as rnn from '@unroll/rnn-core';

class Model extends rnn.Module {
  table = new rnn.Embedding({ numEmbeddings: 27, embeddingDim: 16 });
  lstm = new rnn.Lstm({ inputSize: 16, hiddenSize: 32 });
  head = new rnn.Linear({ inFeatures: 32, outFeatures: 27 });
}
const [backend, model] = [rnn.createReferenceBackend(), new Model()];
const parameters = rnn.Parameters.create(model, backend, rnn.Rng.seeded(1));
const optimizer = new rnn.Adam(parameters);
const alphabet = Int32Array.from({ length: 27 }, (_, k) => k);
for (let step = 1; step <= 100; step++) {
  using tape = new rnn.Tape(backend); // every intermediate of the step; gone at the end of the block
  const [x, next] = [tape.ids(alphabet.slice(0, 26), [26, 1]), tape.ids(alphabet.slice(1), [26, 1])];
  const loss = rnn.crossEntropy(model.head.forward(model.lstm.forward(model.table.forward(x)).y), next);
  tape.grad(loss, parameters);
  optimizer.step(0.02);
  if (step % 20 === 0) console.log(step, loss.item());
}

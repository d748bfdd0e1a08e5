/**
 * Many to many through an encoder and a decoder: “2 6” in, “2 3 4 5 6” out. One network reads; its last state is all the
 * other has to write from, until it writes the end. Run: node --import tsx -C unroll-source examples/encoder-decoder.ts
 */
import * as rnn from '@unroll/rnn-core';

const [END, V, H, S, T, B] = [7, 8, 32, 2, 8, 49]; // 0 to 6, and the end; two are read, up to eight written

class Counter extends rnn.Module {
  readonly table = new rnn.Embedding({ numEmbeddings: V, embeddingDim: 8 });
  readonly encoder = new rnn.Gru({ inputSize: 8, hiddenSize: H });
  readonly decoder = new rnn.Gru({ inputSize: 8, hiddenSize: H });
  readonly head = new rnn.Linear({ inFeatures: H, outFeatures: V });

  /** @param source [S, B] @param before what has been written, [T, B] @returns scores of what comes next, [T, B, V] */
  forward(source: rnn.Ids, before: rnn.Ids): rnn.Tensor {
    const { state } = this.encoder.forward(this.table.forward(source));
    return this.head.forward(this.decoder.forward(this.table.forward(before), { state }).y);
  }
}

const pairs = Array.from({ length: B }, (_, k) => [Math.floor(k / END), k % END] as const);
const counts = pairs.map(([a, b]) => Array.from({ length: Math.abs(b - a) + 1 }, (_, k) => a + Math.sign(b - a) * k));
// Time comes first: row t holds number t of every sequence, and the end where one is over.
const source = Int32Array.from({ length: S * B }, (_, k) => pairs[k % B]?.[Math.floor(k / B)] ?? END);
const target = Int32Array.from({ length: T * B }, (_, k) => counts[k % B]?.[Math.floor(k / B)] ?? END);
const before = Int32Array.from({ length: T * B }, (_, k) => target[k - B] ?? END);

const backend = rnn.createReferenceBackend();
const model = new Counter();
const parameters = rnn.Parameters.create(model, backend, rnn.Rng.seeded(1));
const optimizer = new rnn.Adam(parameters);

for (let step = 1; step <= 150; step++) {
  using tape = new rnn.Tape(backend);
  const scores = model.forward(tape.ids(source, [S, B]), tape.ids(before, [T, B]));
  const loss = rnn.crossEntropy(scores, tape.ids(target, [T, B]));
  tape.grad(loss, parameters);
  optimizer.step(0.02);
  if (step % 50 === 0) console.log(`step ${step}: ${loss.item().toFixed(4)} nats a digit`);
}

/** What it writes freely: each digit it writes is the next it reads. */
export function say(a: number, b: number, said: readonly number[] = []): readonly number[] {
  using tape = new rnn.Tape(backend, { record: false });
  const read = tape.ids(Int32Array.of(a, b), [S, 1]);
  const written = tape.ids(Int32Array.of(END, ...said), [said.length + 1, 1]);
  const scores = model.forward(read, written).row(said.length).toArray();
  const best = scores.indexOf(Math.max(...scores));
  return best === END || said.length === T ? said : say(a, b, [...said, best]);
}

for (const [a, b] of pairs.filter((_, k) => k % 17 === 3)) console.log(`${a} ${b} → ${say(a, b).join(' ')}`);

/**
 * Many to many, aligned: the cells of own-cell.ts say after every bit whether the number of ones so far is odd.
 * Run: node --import tsx -C unroll-source examples/parity.ts
 */
import * as rnn from '@unroll/rnn-core';
import { PeepholeLstm, ResetBeforeGru } from './own-cell.ts';

type OwnCell = PeepholeLstm | ResetBeforeGru;

class Parity extends rnn.Module {
  readonly cell: OwnCell;
  readonly head = new rnn.Linear({ inFeatures: 12, outFeatures: 2 });

  constructor(cell: OwnCell) {
    super();
    this.cell = cell;
  }
}

const backend = rnn.createReferenceBackend();

/** Trains a cell on up to 13 bits. @returns the fraction of right answers in sequences of 100 */
function accuracyOf(cell: OwnCell): number {
  const model = new Parity(cell);
  const rng = rnn.Rng.seeded(1);
  const parameters = rnn.Parameters.create(model, backend, rng.split('init'));
  const optimizer = new rnn.Adam(parameters);

  /** The scores of random bits, [T, B, 2], and whether the ones up to each are odd. */
  const scores = (tape: rnn.Tape, T: number, B: number, stream: rnn.Rng) => {
    const bits = Float32Array.from({ length: T * B }, () => stream.integer(2));
    const odd = Int32Array.from(bits);
    for (let k = B; k < odd.length; k++) odd[k] = ((odd[k] ?? 0) + (odd[k - B] ?? 0)) % 2;
    return { logits: model.head.forward(cell.forward(tape.constant(bits, [T, B, 1]))), odd };
  };

  for (let step = 1; step <= 200; step++) {
    using tape = new rnn.Tape(backend);
    const { logits, odd } = scores(tape, 2 + (step % 12), 16, rng.split(step));
    tape.grad(rnn.crossEntropy(logits, tape.ids(odd, [odd.length / 16, 16])), parameters);
    optimizer.step(0.02);
  }

  using tape = new rnn.Tape(backend, { record: false });
  const { logits, odd } = scores(tape, 100, 8, rng.split('test'));
  return rnn.argmax(logits, { dim: -1 }).values.filter((answer, k) => answer === odd[k]).length / odd.length;
}

export const accuracies = [new PeepholeLstm(), new ResetBeforeGru()].map(accuracyOf);
for (const accuracy of accuracies)
  console.log(`${100 * accuracy} % right in sequences eight times as long as those it was trained on`);

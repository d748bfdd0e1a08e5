/**
 * Cells of your own, each written as one time step: an LSTM whose gates see the cell state too (peepholes; Gers & Schmidhuber
 * 2000) and a GRU whose reset gate multiplies the state before the product (Cho et al. 2014). They say after every bit whether the number of ones so far is odd.
 * Run: node --import tsx -C unroll-source examples/own-cell.ts
 */
import * as rnn from '@unroll/rnn-core';

const { add, chunk, mul, sigmoid, sub, tanh } = rnn;

class PeepholeLstm extends rnn.Module {
  readonly input = new rnn.Linear({ inFeatures: 1, outFeatures: 48 });
  readonly hidden = new rnn.Linear({ inFeatures: 12, outFeatures: 48, bias: false });
  readonly peepholes = new rnn.Param([3, 12], rnn.uniform(0.3));

  /** @param x [T, B, 1] @returns [T, B, 12] */
  forward(x: rnn.Tensor, options: rnn.SequenceOptions = {}): rnn.Tensor {
    const zeros = rnn.Tape.current.zeros([x.shape[1] ?? 0, 12]);
    const step = (xg: rnn.Tensor, { h, c }: { h: rnn.Tensor; c: rnn.Tensor }) => {
      const [i, f, g, o] = chunk(add(xg, this.hidden.forward(h)), 4);
      const see = (gate: rnn.Tensor, c: rnn.Tensor, k: number) => sigmoid(add(gate, mul(c, this.peepholes.row(k))));
      const nextC = add(mul(see(f, c, 1), c), mul(see(i, c, 0), tanh(g)));
      const nextH = mul(see(o, nextC, 2), tanh(nextC));
      return { y: nextH, state: { h: nextH, c: nextC } };
    };
    return rnn.scan(step, this.input.forward(x), { h: zeros, c: zeros }, options).y;
  }
}

class ResetBeforeGru extends rnn.Module {
  readonly input = new rnn.Linear({ inFeatures: 1, outFeatures: 36 });
  readonly gates = new rnn.Linear({ inFeatures: 12, outFeatures: 24, bias: false });
  readonly candidate = new rnn.Linear({ inFeatures: 12, outFeatures: 12, bias: false });

  /** @param x [T, B, 1] @returns [T, B, 12] */
  forward(x: rnn.Tensor, options: rnn.SequenceOptions = {}): rnn.Tensor {
    const zeros = rnn.Tape.current.zeros([x.shape[1] ?? 0, 12]);
    const step = (xg: rnn.Tensor, { h }: { h: rnn.Tensor }) => {
      const [xr, xz, xn] = chunk(xg, 3);
      const [hr, hz] = chunk(this.gates.forward(h), 2);
      const [r, z] = [sigmoid(add(xr, hr)), sigmoid(add(xz, hz))];
      const n = tanh(add(xn, this.candidate.forward(mul(r, h))));
      const nextH = add(n, mul(z, sub(h, n)));
      return { y: nextH, state: { h: nextH } };
    };
    return rnn.scan(step, this.input.forward(x), { h: zeros }, options).y;
  }
}

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

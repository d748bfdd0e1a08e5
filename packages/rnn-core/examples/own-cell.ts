/**
 * Cells of your own, each written as one time step: an LSTM whose gates see the cell state too (peepholes; Gers & Schmidhuber
 * 2000) and a GRU whose reset gate multiplies the state before the product (Cho et al. 2014). parity.ts trains them.
 */
import * as rnn from '@unroll/rnn-core';

const { add, chunk, mul, sigmoid, sub, tanh } = rnn;

export class PeepholeLstm extends rnn.Module {
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

export class ResetBeforeGru extends rnn.Module {
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

import type { Ptr } from '../backend/backend.ts';
import { type Backprop, Tape } from '../tensor/tape.ts';
import { axes, type Tensor } from '../tensor/tensor.ts';
import { type CellSequence, copied, initialStates, parts, type Sequence, type SequenceOptions } from './sequence.ts';
import { checkLengths, validRows } from './time.ts';

/**
 * A vanilla RNN over a whole sequence: h' = tanh(xg[t] + h·Wᵀ + b), or relu instead of tanh.
 * Source: Elman 1990; torch.nn.RNN.
 *
 * @param xg       [T, B, H] input projections x·W_ihᵀ + b_ih; consumed
 * @param weightHh [H, H]
 * @param biasHh   [H]; zero by default
 * @param h0       [B, H]
 */
export function rnnSequence(
  xg: Tensor,
  weightHh: Tensor,
  biasHh: Tensor | undefined,
  h0: Tensor,
  nonlinearity: 'tanh' | 'relu',
  options: SequenceOptions = {},
): Sequence {
  const relu = nonlinearity === 'relu' ? 1 : 0;
  const { T, B, H, k, tape, bias, lengthsPtr, reverse, bytes } = enter('rnn', 1, xg, weightHh, biasHh, h0, options);
  const states = initialStates('rnn', T, h0, [xg, weightHh, biasHh, h0], reverse);
  const z = tape.consume(xg, 'rnnSequence');
  k.rnnForward(states.ptr, z, weightHh.ptr, bias, lengthsPtr, T, B, H, relu, reverse);
  tape.record([states], (back) => {
    const dh = back.of(states);
    const backward = (dh: Ptr, dz: Ptr) =>
      k.rnnBackward(dh, dz, states.ptr, weightHh.ptr, lengthsPtr, T, B, H, relu, reverse);
    const done = back.observer?.({
      cell: nonlinearity,
      name: nameOf(weightHh, options),
      T,
      B,
      H,
      weightHh,
      h0,
      states,
      cellSize: 0,
      gates: 0,
      lengths: options.lengths,
      isReverse: reverse === 1,
      probe: (dh) => backward(dh, back.scratch(T * B * H)),
    });
    backward(dh, z);
    done?.(dh, 0);
    back.into(weightHh, (dw, beta) => {
      const { count, of } = validSteps(tape, back, T * B, options.lengths);
      k.gemm(dw, H, of(z, H), H, of(states.ptr + reverse * B * H * bytes, H), H, 0, H, H, count, 1, 0, beta);
    });
    back.into(biasHh, (db, beta) => k.sumRows(db, z, H, T * B, H, beta));
    back.into(h0, (d, beta) => k.scale(d, dh + reverse * T * B * H * bytes, 1, B * H, beta));
    back.adopt(xg, z);
  });
  return parts(states, reverse);
}

/**
 * A GRU over a whole sequence, the reset applied after the product.
 *
 *     a = h·Wᵀ + b     r, z = σ(x_r + a_r), σ(x_z + a_z)     n = tanh(x_n + r∘a_n)     h' = (1-z)∘n + z∘h
 *
 * Source: Cho et al. 2014 in the form of torch.nn.GRU and cuDNN; gate blocks r z n.
 *
 * @param xg       [T, B, 3H] input projections x·W_ihᵀ + b_ih; consumed
 * @param weightHh [3H, H]
 * @param biasHh   [3H]; zero by default
 * @param h0       [B, H]
 */
export function gruSequence(
  xg: Tensor,
  weightHh: Tensor,
  biasHh: Tensor | undefined,
  h0: Tensor,
  options: SequenceOptions = {},
): Sequence {
  const { T, B, H, k, tape, bias, lengthsPtr, reverse, bytes } = enter('gru', 3, xg, weightHh, biasHh, h0, options);
  const states = initialStates('gru', T, h0, [xg, weightHh, biasHh, h0], reverse);
  const gates = tape.consume(xg, 'gruSequence');
  const q = tape.allocate(T * B * H * bytes);
  k.gruForward(states.ptr, gates, q, weightHh.ptr, bias, lengthsPtr, T, B, H, reverse);
  tape.record([states], (back) => {
    const dh = back.of(states);
    const backward = (dh: Ptr, gates: Ptr, q: Ptr) =>
      k.gruBackward(dh, gates, q, states.ptr, weightHh.ptr, lengthsPtr, T, B, H, reverse);
    const done = back.observer?.({
      cell: 'gru',
      name: nameOf(weightHh, options),
      T,
      B,
      H,
      weightHh,
      h0,
      states,
      cellSize: 0,
      gates,
      lengths: options.lengths,
      isReverse: reverse === 1,
      probe: (dh) => backward(dh, copied(k, back, gates, T * B * 3 * H), copied(k, back, q, T * B * H)),
    });
    backward(dh, gates, q);
    done?.(dh, 0);
    back.into(weightHh, (dw, beta) => {
      const { count, of } = validSteps(tape, back, T * B, options.lengths);
      const previous = of(states.ptr + reverse * B * H * bytes, H);
      k.gemm(dw, H, of(gates, 3 * H), 3 * H, previous, H, 0, 2 * H, H, count, 1, 0, beta);
      k.gemm(dw + 2 * H * H * bytes, H, of(q, H), H, previous, H, 0, H, H, count, 1, 0, beta);
    });
    back.into(biasHh, (db, beta) => {
      k.sumRows(db, gates, 3 * H, T * B, 2 * H, beta);
      k.sumRows(db + 2 * H * bytes, q, H, T * B, H, beta);
    });
    back.into(h0, (d, beta) => k.scale(d, dh + reverse * T * B * H * bytes, 1, B * H, beta));
    back.adopt(xg, gates);
  });
  return parts(states, reverse);
}

/**
 * An LSTM over a whole sequence.
 *
 *     z = xg[t] + h·Wᵀ + b     i, f, o = σ(z_i), σ(z_f), σ(z_o)     g = tanh(z_g)     c' = f∘c + i∘g     h' = o∘tanh(c')
 *
 * Source: Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000; torch.nn.LSTM; gate blocks i f g o.
 *
 * @param xg       [T, B, 4H] input projections x·W_ihᵀ + b_ih; consumed
 * @param weightHh [4H, H]
 * @param biasHh   [4H]; zero by default
 * @param h0       [B, H]
 * @param c0       [B, H]
 */
export function lstmSequence(
  xg: Tensor,
  weightHh: Tensor,
  biasHh: Tensor | undefined,
  h0: Tensor,
  c0: Tensor,
  options: SequenceOptions = {},
): CellSequence {
  return sequenceWithCells('lstm', 1, xg, weightHh, biasHh, h0, c0, options);
}

/**
 * An sLSTM over a whole sequence: its input gate is an exponential, so that what is new can outweigh all that was, and its cell
 * is divided by a normaliser n, the sum of the weights.
 *
 *     y = xg[t] + h·Wᵀ + b     i = e^y_i     f, o = σ(y_f), σ(y_o)     z = tanh(y_z)
 *     c' = f∘c + i∘z           n' = f∘n + i                            h' = o∘c'/n'
 *
 * In place of c, n and the stabiliser that keeps their exponentials in range, m = c/n and l = ln n are kept, the same for every
 * stabiliser: with k = l + ln f and the gate a = i/n' = σ(y_i - k),
 *
 *     m' = (1-a)∘m + a∘z     l' = ln(e^y_i + e^k)     h' = o∘m'
 *
 * A state of zeros is c = 0 and n = 1. Source: Beck et al. 2024, “xLSTM”, section 2.2, with σ for f; gate blocks i f z o.
 *
 * @param xg       [T, B, 4H] input projections x·W_ihᵀ + b_ih; consumed
 * @param weightHh [4H, H]
 * @param biasHh   [4H]; zero by default
 * @param h0       [B, H]
 * @param c0       [B, 2H], m l
 */
export function slstmSequence(
  xg: Tensor,
  weightHh: Tensor,
  biasHh: Tensor | undefined,
  h0: Tensor,
  c0: Tensor,
  options: SequenceOptions = {},
): CellSequence {
  return sequenceWithCells('slstm', 2, xg, weightHh, biasHh, h0, c0, options);
}

/** @param blocks of H in a cell */
function sequenceWithCells(
  cell: 'lstm' | 'slstm',
  blocks: 1 | 2,
  xg: Tensor,
  weightHh: Tensor,
  biasHh: Tensor | undefined,
  h0: Tensor,
  c0: Tensor,
  options: SequenceOptions,
): CellSequence {
  const { T, B, H, k, tape, bias, lengthsPtr, reverse, bytes } = enter(cell, 4, xg, weightHh, biasHh, h0, options);
  const C = blocks * H;
  axes(`${cell}Sequence: c0`, c0, blocks === 1 ? 'B H' : 'B C', { B, H, C });
  const inputs = [xg, weightHh, biasHh, h0, c0];
  const states = initialStates(cell, T, h0, inputs, reverse);
  const cells = initialStates(cell, T, c0, inputs, reverse);
  const gates = tape.consume(xg, `${cell}Sequence`);
  k[`${cell}Forward`](states.ptr, cells.ptr, gates, weightHh.ptr, bias, lengthsPtr, T, B, H, reverse);
  const { last: lastCell } = parts(cells, reverse);
  tape.record([states, cells], (back) => {
    const dh = back.of(states);
    const backward = (dh: Ptr, dc: Ptr, dcStride: number, gates: Ptr) =>
      k[`${cell}Backward`](dh, dc, dcStride, gates, cells.ptr, weightHh.ptr, lengthsPtr, T, B, H, reverse);
    // One [B, C] that carries ∂L/∂c is enough, unless some c has a gradient from outside or there is an observer.
    const everyCell = back.reached(cells) || back.observer !== undefined;
    const dcs = everyCell ? back.of(cells) : back.scratch(B * C);
    if (!everyCell) k.fill(dcs, 0, B * C);
    const dcStride = everyCell ? B * C : 0;
    const done = back.observer?.({
      cell,
      name: nameOf(weightHh, options),
      T,
      B,
      H,
      weightHh,
      h0,
      states,
      cellSize: C,
      gates,
      lengths: options.lengths,
      isReverse: reverse === 1,
      probe: (dh, dc) => backward(dh, dc, B * C, copied(k, back, gates, T * B * 4 * H)),
    });
    backward(dh, dcs, dcStride, gates);
    done?.(dh, dcs);
    back.into(weightHh, (dw, beta) => {
      const { count, of } = validSteps(tape, back, T * B, options.lengths);
      const previous = of(states.ptr + reverse * B * H * bytes, H);
      k.gemm(dw, H, of(gates, 4 * H), 4 * H, previous, H, 0, 4 * H, H, count, 1, 0, beta);
    });
    back.into(biasHh, (db, beta) => k.sumRows(db, gates, 4 * H, T * B, 4 * H, beta));
    back.into(h0, (d, beta) => k.scale(d, dh + reverse * T * B * H * bytes, 1, B * H, beta));
    back.into(c0, (d, beta) => k.scale(d, dcs + reverse * T * dcStride * bytes, 1, B * C, beta));
    back.adopt(xg, gates);
  });
  return { ...parts(states, reverse), cells, lastCell };
}

/** A layer's name in gradient diagnostics: `rnn.l0` of the weights `rnn.weight_hh_l0`. */
const nameOf = (weightHh: Tensor, { name }: SequenceOptions): string =>
  name ?? weightHh.storage.name.replace('weight_hh_', '');

/** Checks the axes of a sequence op with `gates` blocks of H, and gathers what it needs. */
function enter(
  cell: string,
  gates: number,
  xg: Tensor,
  weightHh: Tensor,
  biasHh: Tensor | undefined,
  h0: Tensor,
  { lengths, reverse }: SequenceOptions,
) {
  const where = `${cell}Sequence`;
  const { H } = axes(`${where}: weightHh`, weightHh, 'G H');
  const G = gates * H;
  axes(`${where}: weightHh`, weightHh, 'G H', { G });
  if (biasHh) axes(`${where}: biasHh`, biasHh, 'G', { G });
  const { T, B } = axes(`${where}: xg`, xg, 'T B G', { G });
  axes(`${where}: h0`, h0, 'B H', { B, H });
  checkLengths(where, lengths, T, B);
  const tape = Tape.current;
  return {
    T,
    B,
    H,
    tape,
    k: tape.kernels,
    bias: biasHh?.ptr ?? tape.zeros([G]).ptr,
    lengthsPtr: tape.int32(lengths),
    reverse: reverse ? (1 as const) : (0 as const),
    bytes: tape.backend.heap.realBytes,
  };
}

/** What a product over all of time is taken over: the rows as they lie or, of a padded batch, the valid ones side by side. */
function validSteps(
  tape: Tape,
  back: Backprop,
  rows: number,
  lengths: Int32Array | undefined,
): { readonly count: number; readonly of: (matrix: Ptr, width: number) => Ptr } {
  const valid = lengths && validRows(lengths, rows / lengths.length);
  if (!valid) return { count: rows, of: (matrix) => matrix };
  const ids = tape.int32(valid);
  return {
    count: valid.length,
    of: (matrix, width) => {
      const rows = back.scratch(valid.length * width);
      tape.kernels.embeddingForward(rows, matrix, ids, valid.length, width);
      return rows;
    },
  };
}

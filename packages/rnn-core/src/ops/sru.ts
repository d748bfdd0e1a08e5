import type { Ptr } from '../backend/backend.ts';
import { Tape } from '../tensor/tape.ts';
import { axes, type Tensor } from '../tensor/tensor.ts';
import { type CellSequence, copied, initialStates, parts, type SequenceOptions } from './sequence.ts';
import { checkLengths } from './time.ts';

/**
 * A simple recurrent unit (SRU) over a whole sequence: its gates see the input and, of the state, their own unit alone.
 *
 *     f, r = σ(xg_f + w_f∘c + b_f), σ(xg_r + w_r∘c + b_r)     c' = f∘c + (1-f)∘x̃     h' = r∘c' + (1-r)∘x
 *
 * where x̃ = xg_x̃, and x = xg_x is the highway: the input itself or, where that is of another size, a projection of it.
 * Source: Lei et al. 2018, “Simple Recurrent Units for Highly Parallelizable Recurrence”, equations 1 to 4; blocks x̃ f r x.
 *
 * @param xg       [T, B, 4H]; consumed
 * @param weightHh [2H] w_f w_r
 * @param biasHh   [2H] b_f b_r; zero by default
 * @param h0       [B, H] is h of an entry whose length is 0, and has no effect otherwise
 * @param c0       [B, H]
 */
export function sruSequence(
  xg: Tensor,
  weightHh: Tensor,
  biasHh: Tensor | undefined,
  h0: Tensor,
  c0: Tensor,
  { lengths, reverse, name }: SequenceOptions = {},
): CellSequence {
  const { B, H } = axes('sruSequence: c0', c0, 'B H');
  axes('sruSequence: h0', h0, 'B H', { B, H });
  axes('sruSequence: weightHh', weightHh, 'G', { G: 2 * H });
  if (biasHh) axes('sruSequence: biasHh', biasHh, 'G', { G: 2 * H });
  const { T } = axes('sruSequence: xg', xg, 'T B G', { B, G: 4 * H });
  checkLengths('sruSequence', lengths, T, B);
  const tape = Tape.current;
  const k = tape.kernels;
  const lengthsPtr = tape.int32(lengths);
  const isReverse = reverse ? 1 : 0;
  const { realBytes } = tape.backend.heap;
  const inputs = [xg, weightHh, biasHh, h0, c0];
  const states = initialStates('sru', T, h0, inputs, isReverse);
  const cells = initialStates('sru', T, c0, inputs, isReverse);
  const bias = biasHh?.ptr ?? tape.zeros([2 * H]).ptr;
  const gates = tape.consume(xg, 'sruSequence');
  k.sruForward(states.ptr, cells.ptr, gates, weightHh.ptr, bias, lengthsPtr, T, B, H, isReverse);
  const { last: lastCell } = parts(cells, isReverse);
  tape.record([states, cells], (back) => {
    const dh = back.of(states);
    const dws = back.scratch(B * 2 * H);
    const pullback = (dh: Ptr, dc: Ptr, dcStride: number, gates: Ptr, dws: Ptr): void =>
      k.sruBackward(dh, dc, dcStride, gates, dws, cells.ptr, weightHh.ptr, lengthsPtr, T, B, H, isReverse);
    // One [B, H] that carries ∂L/∂c is enough, unless some c has a gradient from outside or there is an observer.
    const everyCell = back.reached(cells) || back.observer !== undefined;
    const dcs = everyCell ? back.of(cells) : back.scratch(B * H);
    if (!everyCell) k.fill(dcs, 0, B * H);
    const dcStride = everyCell ? B * H : 0;
    const done = back.observer?.({
      cell: 'sru',
      name: name ?? 'sru',
      T,
      B,
      H,
      weightHh: undefined,
      h0,
      states,
      cellSize: H,
      gates,
      lengths,
      isReverse: isReverse === 1,
      probe: (dh, dc) => pullback(dh, dc, B * H, copied(k, back, gates, T * B * 4 * H), back.scratch(B * 2 * H)),
    });
    pullback(dh, dcs, dcStride, gates, dws);
    done?.(dh, dcs);
    back.into(weightHh, (dw, beta) => k.sumRows(dw, dws, 2 * H, B, 2 * H, beta));
    back.into(biasHh, (db, beta) => k.sumRows(db, gates + H * realBytes, 4 * H, T * B, 2 * H, beta));
    const first = isReverse * T * realBytes;
    back.into(h0, (d, beta) => k.scale(d, dh + first * B * H, 1, B * H, beta));
    back.into(c0, (d, beta) => k.scale(d, dcs + first * dcStride, 1, B * H, beta));
    back.adopt(xg, gates);
  });
  return { ...parts(states, isReverse), cells, lastCell };
}

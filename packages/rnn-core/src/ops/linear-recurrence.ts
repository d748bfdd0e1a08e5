import type { Ptr } from '../backend/backend.ts';
import type { Cell } from '../tensor/sequence-observer.ts';
import { Tape } from '../tensor/tape.ts';
import { axes, type Tensor } from '../tensor/tensor.ts';
import { copied, initialStates, parts, type Sequence, type SequenceOptions } from './sequence.ts';
import { checkLengths } from './time.ts';

/**
 * A minGRU over a whole sequence: z = σ(xg_z), h' = (1-z)∘h + z∘h̃, where h̃ = xg_h. Neither the gate nor the candidate h̃
 * depends on the state, so that a step is no product.
 * Source: Feng et al. 2024, “Were RNNs all we needed?”, in linear space; gate blocks z h̃.
 *
 * @param xg [T, B, 2H] input projections x·W_ihᵀ + b_ih; consumed
 * @param h0 [B, H]
 */
export function minGruSequence(xg: Tensor, h0: Tensor, options: SequenceOptions = {}): Sequence {
  return linearRecurrence(xg, h0, options, {
    cell: 'mingru',
    blocks: 2,
    forward: 'minGruForward',
    backward: 'minGruBackward',
  });
}

/**
 * A minLSTM over a whole sequence: f, i = σ(xg_f), σ(xg_i), h' = (f∘h + i∘h̃) / (f + i), where h̃ = xg_h.
 * Source: Feng et al. 2024, in linear space; gate blocks f i h̃.
 *
 * @param xg [T, B, 3H] input projections x·W_ihᵀ + b_ih; consumed
 * @param h0 [B, H]
 */
export function minLstmSequence(xg: Tensor, h0: Tensor, options: SequenceOptions = {}): Sequence {
  return linearRecurrence(xg, h0, options, {
    cell: 'minlstm',
    blocks: 3,
    forward: 'minLstmForward',
    backward: 'minLstmBackward',
  });
}

interface LinearCell {
  readonly cell: Cell;
  /** Blocks of H of its input projection. */
  readonly blocks: number;
  readonly forward: 'minGruForward' | 'minLstmForward';
  readonly backward: 'minGruBackward' | 'minLstmBackward';
}

/** The op of a cell whose gates do not depend on its state. */
function linearRecurrence(
  xg: Tensor,
  h0: Tensor,
  { lengths, reverse, name }: SequenceOptions,
  { cell, blocks, forward, backward }: LinearCell,
): Sequence {
  const where = `${cell}Sequence`;
  const { B, H } = axes(`${where}: h0`, h0, 'B H');
  const { T } = axes(`${where}: xg`, xg, 'T B G', { B, G: blocks * H });
  checkLengths(where, lengths, T, B);
  const tape = Tape.current;
  const k = tape.kernels;
  const lengthsPtr = tape.int32(lengths);
  const isReverse = reverse ? 1 : 0;
  const { realBytes } = tape.backend.heap;
  const states = initialStates(cell, T, h0, [xg, h0], isReverse);
  const gates = tape.consume(xg, where);
  k[forward](states.ptr, gates, lengthsPtr, T, B, H, isReverse);
  tape.record([states], (back) => {
    const dh = back.of(states);
    const pullback = (dh: Ptr, gates: Ptr): void =>
      k[backward](dh, gates, states.ptr, lengthsPtr, T, B, H, isReverse);
    const done = back.observer?.({
      cell,
      name: name ?? cell,
      T,
      B,
      H,
      weightHh: undefined,
      h0,
      states,
      cellSize: 0,
      gates,
      lengths,
      isReverse: isReverse === 1,
      probe: (dh) => pullback(dh, copied(k, back, gates, T * B * blocks * H)),
    });
    pullback(dh, gates);
    done?.(dh, 0);
    back.into(h0, (d, beta) => k.scale(d, dh + isReverse * T * B * H * realBytes, 1, B * H, beta));
    back.adopt(xg, gates);
  });
  return parts(states, isReverse);
}

import type { View } from '../backend/view.ts';
import type { Cell } from '../tensor/sequence-observer.ts';

/** How often a gate is saturated, where its slope, σ(1-σ), is below 0.09. */
export type GateSaturation = {
  /** Fraction of activations below 0.1. */
  readonly shut: number;
  /** Fraction of activations above 0.9. */
  readonly open: number;
};

/** Units of a layer that no longer work, as fractions of its H. */
export type UnitHealth = {
  /** Never further than 0.001 from zero: they carry no information. */
  readonly dead: number;
  /** Beyond ±0.95, where tanh's slope is below a tenth, at 95 % of all steps: they learn nothing. 0 for cells whose state is no tanh. */
  readonly saturated: number;
};

/** The sigmoid gates of each cell, by the block they are in; the input gate of an sLSTM is its i/n'. */
const GATES: Readonly<Record<Cell, Readonly<Record<string, number>>>> = {
  tanh: {},
  relu: {},
  gru: { reset: 0, update: 1 },
  lstm: { input: 0, forget: 1, output: 3 },
  slstm: { input: 0, forget: 1, output: 3 },
  mingru: { update: 0 },
  minlstm: { forget: 0, input: 1 },
  sru: { forget: 1, reset: 2 },
};

const BLOCKS: Readonly<Record<Cell, number>> = {
  tanh: 1,
  relu: 1,
  gru: 3,
  lstm: 4,
  slstm: 4,
  mingru: 2,
  minlstm: 3,
  sru: 4,
};

/** Whether a cell's state is a tanh, or a mean of such values, and saturates at ±1. */
const IS_TANH: Readonly<Record<Cell, boolean>> = {
  tanh: true,
  relu: false,
  gru: true,
  lstm: true,
  slstm: true,
  mingru: false,
  minlstm: false,
  sru: false,
};

/** How many blocks of H a cell's gates are. */
export const blocksOf = (cell: Cell): number => BLOCKS[cell];

/**
 * @param gates [rows, G·H], activated
 * @returns by the gate's name
 */
export function gateSaturation(cell: Cell, gates: View, H: number): Record<string, GateSaturation> {
  const width = blocksOf(cell) * H;
  const activations = gates.length / width;
  return Object.fromEntries(
    Object.entries(GATES[cell]).map(([name, block]) => {
      let shut = 0;
      let open = 0;
      for (let row = block * H; row < gates.length; row += width) {
        for (let k = row; k < row + H; k++) {
          const value = gates[k];
          if (value < 0.1) shut++;
          else if (value > 0.9) open++;
        }
      }
      return [name, { shut: shut / (activations * H), open: open / (activations * H) }];
    }),
  );
}

const DEAD = 1e-3;
const SATURATED = 0.95;

/** @param states [rows, H], after every step */
export function unitHealth(cell: Cell, states: View, H: number): UnitHealth {
  const rows = states.length / H;
  const active = new Uint8Array(H);
  const beyond: View = new Uint32Array(H);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let j = 0; j < H; j++, at++) {
      const size = Math.abs(states[at]);
      if (size > DEAD) active[j] = 1;
      if (size > SATURATED) beyond[j]++;
    }
  }
  const dead = active.reduce((count, is) => count + (1 - is), 0);
  const saturated = IS_TANH[cell] ? [...beyond].filter((n) => n >= 0.95 * rows).length : 0;
  return { dead: dead / H, saturated: saturated / H };
}

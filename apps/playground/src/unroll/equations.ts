import type { UnrollSettings } from './settings.ts';
import type { CellWeights } from './toy-model.ts';

/** One equation of a unit: as it is written, with this model's numbers, and its value. */
export interface Equation {
  readonly symbols: string;
  readonly numbers: string;
  readonly value: number;
}

/** What a unit computes at one step. */
export interface UnitInput {
  readonly weights: CellWeights;
  /** [V], one-hot or zeros. */
  readonly x: readonly number[];
  /** [H], before the step. */
  readonly h: readonly number[];
  /** [H], before the step; of an LSTM and SRU. Of an sLSTM [2H]. */
  readonly c: readonly number[];
  readonly unit: number;
}

/** The equations of a unit, in torch's letters; the last is its new state h. */
export const equationsOf = (cell: UnrollSettings['cell'], input: UnitInput): Equation[] =>
  filledIn(cell, input).map((equation) => ({
    ...equation,
    numbers: equation.numbers.replaceAll('+ −', '− ').replaceAll(/·(−[\d.]+)/g, '·($1)'),
  }));

function filledIn(cell: UnrollSettings['cell'], input: UnitInput): Equation[] {
  const { weights, x, h, c, unit: j } = input;
  const H = h.length;
  const fromInput = (gate: number): number =>
    dot(weights.weightIh, gate * H + j, x) + at(weights.biasIh, gate * H + j);
  const fromState = (gate: number): number =>
    dot(weights.weightHh, gate * H + j, h) + at(weights.biasHh, gate * H + j);
  const gate = (name: string, k: number, f: 'σ' | 'tanh'): Equation => {
    const [a, b] = [fromInput(k), fromState(k)];
    return {
      symbols: `${name} = ${f}(W_i${name}·x + W_h${name}·h + b)`,
      numbers: `${f}(${shown(a)} + ${shown(b)})`,
      value: f === 'σ' ? sigmoid(a + b) : Math.tanh(a + b),
    };
  };
  const inputGate = (name: string, k: number): Equation => {
    const a = fromInput(k);
    return { symbols: `${name} = σ(W_i${name}·x + b)`, numbers: `σ(${shown(a)})`, value: sigmoid(a) };
  };
  const candidate = (k: number): Equation => {
    const a = fromInput(k);
    return { symbols: 'h̃ = W_ih·x + b', numbers: shown(a), value: a };
  };
  switch (cell) {
    case 'mingru': {
      const [z, n] = [inputGate('z', 0), candidate(1)];
      const before = at(h, j);
      return [
        z,
        n,
        {
          symbols: 'h′ = (1 − z)·h + z·h̃',
          numbers: `(1 − ${shown(z.value)})·${shown(before)} + ${shown(z.value)}·${shown(n.value)}`,
          value: (1 - z.value) * before + z.value * n.value,
        },
      ];
    }
    case 'minlstm': {
      const [f, i, n] = [inputGate('f', 0), inputGate('i', 1), candidate(2)];
      const before = at(h, j);
      return [
        f,
        i,
        n,
        {
          symbols: 'h′ = (f·h + i·h̃) / (f + i)',
          numbers: `(${shown(f.value)}·${shown(before)} + ${shown(i.value)}·${shown(n.value)}) / (${shown(f.value)} + ${shown(i.value)})`,
          value: (f.value * before + i.value * n.value) / (f.value + i.value),
        },
      ];
    }
    case 'sru': {
      const before = at(c, j);
      const product = (block: number): number => dot(weights.weightIh, block * H + j, x);
      const ownGate = (name: string, k: number): Equation => {
        const [a, w, b] = [product(k), at(weights.weightHh, (k - 1) * H + j), at(weights.biasHh, (k - 1) * H + j)];
        return {
          symbols: `${name} = σ(W_i${name}·x + w_${name}·c + b)`,
          numbers: `σ(${shown(a)} + ${shown(w)}·${shown(before)} + ${shown(b)})`,
          value: sigmoid(a + w * before + b),
        };
      };
      const a = product(0);
      const n = { symbols: 'x̃ = W·x', numbers: shown(a), value: a };
      const [f, r] = [ownGate('f', 1), ownGate('r', 2)];
      const cell = {
        symbols: 'c′ = f·c + (1 − f)·x̃',
        numbers: `${shown(f.value)}·${shown(before)} + (1 − ${shown(f.value)})·${shown(a)}`,
        value: f.value * before + (1 - f.value) * a,
      };
      const isProjected = weights.weightIh.length === 4 * H * x.length;
      const highway = isProjected ? product(3) : at(x, j);
      return [
        n,
        f,
        r,
        cell,
        {
          symbols: `h′ = r·c′ + (1 − r)·${isProjected ? '(W_x·x)' : 'x'}`,
          numbers: `${shown(r.value)}·${shown(cell.value)} + (1 − ${shown(r.value)})·${shown(highway)}`,
          value: r.value * cell.value + (1 - r.value) * highway,
        },
      ];
    }
    case 'rnn': {
      const [a, b] = [fromInput(0), fromState(0)];
      return [
        {
          symbols: 'h′ = tanh(W_ih·x + W_hh·h + b)',
          numbers: `tanh(${shown(a)} + ${shown(b)})`,
          value: Math.tanh(a + b),
        },
      ];
    }
    case 'gru': {
      const [r, z] = [gate('r', 0, 'σ'), gate('z', 1, 'σ')];
      const [a, b] = [fromInput(2), fromState(2)];
      const n = {
        symbols: 'n = tanh(W_in·x + r·(W_hn·h + b) + b)',
        numbers: `tanh(${shown(a)} + ${shown(r.value)}·${shown(b)})`,
        value: Math.tanh(a + r.value * b),
      };
      const before = at(h, j);
      return [
        r,
        z,
        n,
        {
          symbols: 'h′ = (1 − z)·n + z·h',
          numbers: `(1 − ${shown(z.value)})·${shown(n.value)} + ${shown(z.value)}·${shown(before)}`,
          value: (1 - z.value) * n.value + z.value * before,
        },
      ];
    }
    case 'slstm': {
      const [a, b] = [fromInput(0), fromState(0)];
      const i = {
        symbols: 'i = exp(W_ii·x + W_hi·h + b)',
        numbers: `exp(${shown(a)} + ${shown(b)})`,
        value: Math.exp(a + b),
      };
      const [f, z, o] = [gate('f', 1, 'σ'), gate('z', 2, 'tanh'), gate('o', 3, 'σ')];
      const [mean, n] = [at(c, j), Math.exp(at(c, H + j))];
      const weight = {
        symbols: 'n′ = f·n + i',
        numbers: `${shown(f.value)}·${shown(n)} + ${shown(i.value)}`,
        value: f.value * n + i.value,
      };
      const cell = {
        symbols: 'c′/n′ = (f·n·(c/n) + i·z) / n′',
        numbers: `(${shown(f.value)}·${shown(n)}·${shown(mean)} + ${shown(i.value)}·${shown(z.value)}) / ${shown(weight.value)}`,
        value: (f.value * n * mean + i.value * z.value) / weight.value,
      };
      return [
        i,
        f,
        z,
        o,
        weight,
        cell,
        {
          symbols: 'h′ = o·c′/n′',
          numbers: `${shown(o.value)}·${shown(cell.value)}`,
          value: o.value * cell.value,
        },
      ];
    }
    case 'lstm': {
      const [i, f, g, o] = [gate('i', 0, 'σ'), gate('f', 1, 'σ'), gate('g', 2, 'tanh'), gate('o', 3, 'σ')];
      const before = at(c, j);
      const cell = {
        symbols: 'c′ = f·c + i·g',
        numbers: `${shown(f.value)}·${shown(before)} + ${shown(i.value)}·${shown(g.value)}`,
        value: f.value * before + i.value * g.value,
      };
      return [
        i,
        f,
        g,
        o,
        cell,
        {
          symbols: 'h′ = o·tanh(c′)',
          numbers: `${shown(o.value)}·tanh(${shown(cell.value)})`,
          value: o.value * Math.tanh(cell.value),
        },
      ];
    }
  }
}

/** Two decimals, with a true minus sign. */
export const shown = (value: number): string => value.toFixed(2).replace('-', '−');

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const at = (values: readonly number[], k: number): number => values[k] as number;
const dot = (matrix: readonly number[], row: number, vector: readonly number[]): number =>
  vector.reduce((sum, value, k) => sum + value * at(matrix, row * vector.length + k), 0);

import {
  CHAR_MODELS,
  type CharWorkload,
  type Mode,
  SAMPLED,
  type SampledWorkload,
  SENTIMENT,
  TRANSLATION,
  type Workload,
} from './workloads.ts';

/** Gate blocks that are products with the layer's input, and with its own state. */
const GATES = {
  rnn: { input: 1, recurrent: 1 },
  gru: { input: 3, recurrent: 3 },
  lstm: { input: 4, recurrent: 4 },
  mingru: { input: 2, recurrent: 0 },
  minlstm: { input: 3, recurrent: 0 },
  sru: { input: 3, recurrent: 0 },
} as const;

/**
 * The operations a token needs, two for every multiplication of a matrix product; elementwise work is not counted. The
 * back-propagation of a product is two products of its size. The input projection of an embedding is one product with
 * the table, or with the rows of the batch where those are fewer.
 */
export function operationsPerToken(workload: Workload, mode: Mode): number {
  const products = mode === 'train' ? 3 : 1;
  return 2 * products * multiplicationsForward(workload);
}

function multiplicationsForward(workload: Workload): number {
  if (workload === 'W5') {
    const { V, E, H, B, shortest, longest } = SENTIMENT;
    const length = (shortest + longest) / 2;
    return 2 * (projectedRows(V, B * length) * E * 4 * H + H * 4 * H) + (2 * H * 2) / length;
  }
  if (workload === 'W6dot' || workload === 'W6additive') return translationForward(workload);
  if (workload in SAMPLED) {
    const { V, H, L } = CHAR_MODELS[SAMPLED[workload as SampledWorkload]];
    return (2 * L - 1) * H * 4 * H + H * V; // the table is multiplied once, before the first character
  }
  const { cell, V, E, H, L, B, T } = CHAR_MODELS[workload as CharWorkload];
  const { input, recurrent } = GATES[cell];
  const rows = projectedRows(V, B * T);
  const highway = cell === 'sru' && (E as number) !== H ? 1 : 0; // an input of another size is projected
  return rows * E * (input + highway) * H + (L - 1) * H * input * H + L * H * recurrent * H + H * V;
}

/** Per target token, where sources have as many tokens as targets. */
function translationForward(workload: 'W6dot' | 'W6additive'): number {
  const { V, E, H, D, B, S, T } = TRANSLATION;
  const M = 2 * H;
  const encoder = 2 * (projectedRows(V, B * S) * E * 3 * H + H * 3 * H) + (M * D) / T;
  const attention = S * M;
  if (workload === 'W6dot')
    return encoder + projectedRows(V, B * T) * E * 3 * D + D * 3 * D + S * D + attention + (D + M) * D + D * V;
  return encoder + (E + M + D) * 3 * D + D * H + M * H + S * H + attention + D * V;
}

/** Rows of an input projection, for every token. */
const projectedRows = (V: number, tokens: number) => Math.min(V, tokens) / tokens;

/** The bytes of weights that sampling reads for a character. */
export function weightBytesPerToken(workload: SampledWorkload, isInt8: boolean): number {
  return multiplicationsForward(workload) * (isInt8 ? 1 : 4);
}

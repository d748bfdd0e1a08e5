import type { LanguageModel } from '@unroll/char-lm';
import { Tape } from '@unroll/rnn-core';

/** A place in a text in which the same units fire. */
export interface Moment {
  readonly before: string;
  readonly character: string;
  readonly after: string;
  /** How alike the states of those units are, cosine, at most 1. */
  readonly similarity: number;
}

const SEGMENT = 512;
const WARMUP = 32; // characters of a segment that are read from a state that knows nothing
const UNITS = 10;
const MOMENTS = 8;
const CONTEXT = 20;
const APART = 8; // characters between two moments

/**
 * Finds the places of a text in which the units fire that fire most in a given state: its ten units of largest activation
 * in the last layer, compared by the cosine of their activations.
 *
 * Source: LSTMVis (Strobelt et al. 2018), whose match is a count of units over a threshold.
 *
 * @param state [H] of the last layer
 */
export function similarMoments(
  { model, vocabulary, backend }: LanguageModel,
  text: string,
  state: Float32Array,
): Moment[] {
  const H = model.config.hiddenSize;
  const strongest = Array.from(state.keys())
    .sort((a, b) => Math.abs(state[b] as number) - Math.abs(state[a] as number))
    .slice(0, UNITS);
  const wanted = strongest.map((unit) => state[unit] as number);
  const ids = vocabulary.encode(text);
  const B = Math.ceil(ids.length / SEGMENT);
  const input = new Int32Array(SEGMENT * B);
  for (let k = 0; k < input.length; k++) input[k] = ids[(k % B) * SEGMENT + Math.floor(k / B)] ?? 0;
  const similarity = new Float32Array(ids.length).fill(-1);
  {
    using tape = new Tape(backend, { record: false });
    const [network] = model.members;
    const embedded = network.embedding.forward(tape.ids(input, [SEGMENT, B]));
    const { hidden: layers } = network.forwardEmbedded(embedded, { state: network.zeroState(B) });
    const hidden = layers.at(-1)?.view() ?? [];
    const scale = Math.hypot(...wanted);
    for (let b = 0; b < B; b++)
      for (let t = b === 0 ? 0 : WARMUP; t < SEGMENT && b * SEGMENT + t < ids.length; t++) {
        let [product, squares] = [0, 0];
        for (const [k, unit] of strongest.entries()) {
          const value = hidden[(t * B + b) * H + unit] as number;
          product += value * (wanted[k] as number);
          squares += value * value;
        }
        similarity[b * SEGMENT + t] = squares === 0 ? 0 : product / (Math.sqrt(squares) * scale);
      }
  }
  const moments: number[] = [];
  for (const n of Array.from(similarity.keys()).sort(
    (a, b) => (similarity[b] as number) - (similarity[a] as number),
  )) {
    if (moments.every((other) => Math.abs(other - n) > APART)) moments.push(n);
    if (moments.length === MOMENTS) break;
  }
  const part = (from: number, to: number): string => vocabulary.decode(ids.subarray(Math.max(0, from), to));
  return moments.map((n) => ({
    before: part(n - CONTEXT, n),
    character: part(n, n + 1),
    after: part(n + 1, n + 1 + CONTEXT),
    similarity: similarity[n] as number,
  }));
}

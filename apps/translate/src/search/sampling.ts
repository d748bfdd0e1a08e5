import type { Rng } from '@unroll/rnn-core';
import { Decoding, type Writer } from './decoding.ts';
import { completed, type Hypothesis, type Prefix } from './hypothesis.ts';

export interface SamplingOptions {
  /** How many translations to draw. */
  readonly count: number;
  /** What logits are divided by; below 1 the likely grows likelier. */
  readonly temperature: number;
  /** Only the k likeliest tokens; 0 for all. */
  readonly topK: number;
  readonly maxLength?: number | undefined;
}

const UNRANKED = { lengthNormalisation: 0, coveragePenalty: 0 };

/** Translations of one sentence drawn at random, each token by its probability, those drawn first standing first. */
export function sampleTranslations(
  writer: Writer,
  source: Int32Array,
  { count, temperature, topK, maxLength = Math.floor(1.6 * source.length) + 10 }: SamplingOptions,
  rng: Rng,
): Hypothesis[] {
  const start: Prefix = {
    token: writer.boundary,
    parent: undefined,
    length: 0,
    logProbability: 0,
    looked: undefined,
  };
  const drawn: Hypothesis[] = [];
  using decoding = new Decoding(writer, [source], count);
  let live = Array.from({ length: count }, (_, k) => ({ place: k, prefix: start, row: 0, rng: rng.split(k) }));
  while (live.length > 0) {
    const tokens = Int32Array.from(live, ({ prefix }) => prefix.token);
    const from = Int32Array.from(live, ({ row }) => row);
    decoding.step(tokens, from, ({ probabilities, V }) => {
      live = live.flatMap((one, row) => {
        const words = probabilities.subarray(row * V, (row + 1) * V);
        const { prefix } = one;
        const token = prefix.length === maxLength ? writer.boundary : draw(words, temperature, topK, one.rng);
        const cost = Math.log(words[token] as number);
        if (token === writer.boundary) {
          drawn[one.place] = completed(prefix, cost, undefined, UNRANKED);
          return [];
        }
        const longer = {
          token,
          parent: prefix,
          length: prefix.length + 1,
          logProbability: prefix.logProbability + cost,
        };
        return [{ ...one, row, prefix: { ...longer, looked: undefined } }];
      });
    });
  }
  return drawn;
}

/** A token by its probability, sharpened or flattened, among the likeliest. */
function draw(words: ArrayLike<number>, temperature: number, topK: number, rng: Rng): number {
  const ids = [...Array(words.length).keys()];
  if (topK > 0) ids.sort((a, b) => (words[b] as number) - (words[a] as number) || a - b).splice(topK);
  const weights = ids.map((id) => (words[id] as number) ** (1 / temperature));
  let left = rng.uniform() * weights.reduce((a, b) => a + b, 0);
  for (const [k, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return ids[k] as number;
  }
  return ids[0] as number; // rounding kept the sum below the draw
}

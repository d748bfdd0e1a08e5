import type { Rng } from '@unroll/rnn-core';
import { completed, defaultMaxLength, EMPTY_PREFIX, type Hypothesis } from './hypothesis.ts';
import { type DecodingModel, IncrementalDecoder } from './incremental-decoder.ts';

/** Of {@link sampleTranslations}. */
export interface SamplingOptions {
  /** Translations to sample. */
  readonly count: number;
  /** Softmax temperature; below 1 the probable becomes more probable. */
  readonly temperature: number;
  /** Sample among the k most probable tokens; 0 for all. */
  readonly topK: number;
  /** Tokens; by default 1.6 times the source's, plus ten. */
  readonly maxLength?: number | undefined;
}

const BY_PROBABILITY = { lengthPenalty: 0, coveragePenalty: 0 };

/** Translations of one sentence, each token sampled from the model's distribution. */
export function sampleTranslations(
  decoding: DecodingModel,
  source: Int32Array,
  { count, temperature, topK, maxLength = defaultMaxLength(source.length) }: SamplingOptions,
  rng: Rng,
): Hypothesis[] {
  const { eos } = decoding;
  const sampled: Hypothesis[] = [];
  using decoder = new IncrementalDecoder(decoding, [source], count);
  let live = Array.from({ length: count }, (_, k) => ({ index: k, prefix: EMPTY_PREFIX, row: 0, rng: rng.split(k) }));
  while (live.length > 0) {
    const tokens = Int32Array.from(live, ({ prefix }) => (prefix.length === 0 ? eos : prefix.token));
    const from = Int32Array.from(live, ({ row }) => row);
    decoder.step(tokens, from, ({ probabilities, V }) => {
      live = live.flatMap((one, row) => {
        const ofRow = probabilities.subarray(row * V, (row + 1) * V);
        const { prefix } = one;
        const token = prefix.length === maxLength ? eos : sampleToken(ofRow, temperature, topK, one.rng);
        const logProbability = Math.log(ofRow[token] as number);
        if (token === eos) {
          sampled[one.index] = completed(prefix, logProbability, undefined, BY_PROBABILITY);
          return [];
        }
        const longer = {
          token,
          parent: prefix,
          length: prefix.length + 1,
          logProbability: prefix.logProbability + logProbability,
          attention: undefined,
        };
        return [{ ...one, row, prefix: longer }];
      });
    });
  }
  return sampled;
}

/** A token of the distribution p^(1/temperature) over the k most probable. */
function sampleToken(probabilities: ArrayLike<number>, temperature: number, topK: number, rng: Rng): number {
  const ids = [...Array(probabilities.length).keys()];
  if (topK > 0) ids.sort((a, b) => (probabilities[b] as number) - (probabilities[a] as number) || a - b).splice(topK);
  const weights = ids.map((id) => (probabilities[id] as number) ** (1 / temperature));
  let left = rng.uniform() * weights.reduce((a, b) => a + b, 0);
  for (const [k, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return ids[k] as number;
  }
  return ids[0] as number; // rounding kept the sum below the drawn number
}

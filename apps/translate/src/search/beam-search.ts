import type { Real } from '@unroll/rnn-core';
import {
  completed,
  defaultMaxLength,
  EMPTY_PREFIX,
  type Hypothesis,
  lengthDivisor,
  type Prefix,
  repeatingTokens,
  type Scoring,
} from './hypothesis.ts';
import { type DecodingModel, IncrementalDecoder, type StepOutput } from './incremental-decoder.ts';

export interface BeamSearchOptions extends Scoring {
  /** Partial translations kept per sentence; 1 is greedy search. */
  readonly beamSize: number;
  /** Translations returned per sentence, at most `beamSize`. */
  readonly nBest: number;
  /** No n-gram of this size occurs twice in a translation; 0 allows all. */
  readonly noRepeatNgramSize: number;
  /** Tokens, without the end-of-sentence token. */
  readonly minLength: number;
  /** The same; by default 1.6 times the source's, plus ten. */
  readonly maxLength?: number | undefined;
  /** Whether the translations carry their attention weights. */
  readonly withAttention: boolean;
}

/** A prefix in the beam, to be continued by the next step. */
interface Live {
  readonly prefix: Prefix;
  /** Its row in the previous step. */
  readonly from: number;
  /** Whether greedy search would have written it. */
  readonly isGreedy: boolean;
}

/** A prefix one token longer, a candidate for the beam. */
interface Continuation {
  readonly live: Live;
  readonly row: number;
  readonly token: number;
  readonly logProbability: number;
}

/** The beam of one sentence. */
interface Beam {
  /** Length of its source. */
  readonly sourceLength: number;
  readonly maxLength: number;
  live: Live[];
  /** The best complete translations so far, best first, at most `nBest`. */
  readonly ended: Hypothesis[];
}

/**
 * Beam search over a batch of sentences.
 *
 * At each step every prefix may end, and the `beamSize` best continuations of a sentence are kept. The prefix that
 * greedy search would write is never pruned, so the best score is at least that of greedy search. A sentence is done
 * when no prefix can still reach a score among the `nBest`: its log-probability can only fall, and its divisor is at
 * most that of the longest translation. So early stopping is exact.
 *
 * With `beamSize` 1 the search is greedy: it ends where the end-of-sentence token is the most probable.
 *
 * @param sources ids of the source sentences, each with its end-of-sentence token
 * @returns the best translations of each sentence, best first
 */
export function beamSearch(
  decoding: DecodingModel,
  sources: readonly Int32Array[],
  options: BeamSearchOptions,
): Hypothesis[][] {
  const beams: Beam[] = sources.map((source, sentence) => ({
    sourceLength: source.length,
    maxLength: options.maxLength ?? defaultMaxLength(source.length),
    live: [{ prefix: EMPTY_PREFIX, from: sentence, isGreedy: true }],
    ended: [],
  }));
  using decoder = new IncrementalDecoder(decoding, sources, options.beamSize);
  for (let active = beams; active.length > 0; ) {
    const { tokens, from } = rowsOf(active, decoding.eos);
    decoder.step(tokens, from, (output) => {
      for (const [n, beam] of active.entries()) advance(beam, n, active.length, output, decoding.eos, options);
    });
    const unfinished = Int32Array.from(active.keys()).filter((n) => !isDone(active[n] as Beam, options));
    if (unfinished.length > 0 && unfinished.length < active.length) decoder.keep(unfinished);
    active = Array.from(unfinished, (n) => active[n] as Beam);
  }
  return beams.map(({ ended }) => ended);
}

/** The prefixes of all sentences in rows k·N + n; a sentence with fewer prefixes than the most repeats its first. */
function rowsOf(active: readonly Beam[], eos: number): { tokens: Int32Array; from: Int32Array } {
  const N = active.length;
  const K = Math.max(...active.map(({ live }) => live.length));
  const tokens = new Int32Array(K * N);
  const from = new Int32Array(K * N);
  for (const [n, { live }] of active.entries()) {
    for (let k = 0; k < K; k++) {
      const { prefix, from: row } = (live[k] ?? live[0]) as Live;
      tokens[k * N + n] = prefix.length === 0 ? eos : prefix.token;
      from[k * N + n] = row;
    }
  }
  return { tokens, from };
}

/** Advances sentence n of N by one token; its prefix k is row k·N + n of the output. */
function advance(
  beam: Beam,
  n: number,
  N: number,
  output: StepOutput,
  eos: number,
  options: BeamSearchOptions,
): void {
  const candidates = new Candidates(options.beamSize);
  let greedy: Continuation | undefined;
  for (const [k, live] of beam.live.entries()) {
    const row = k * N + n;
    const { prefix } = live;
    const repeating = repeatingTokens(prefix, options.noRepeatNgramSize);
    const mustEnd = prefix.length === beam.maxLength || repeating.size === output.V - 1;
    const mayEnd = mustEnd || prefix.length >= options.minLength;
    const mayFollow = (token: number): boolean => (token === eos ? mayEnd : !mustEnd && !repeating.has(token));
    const probabilities = output.probabilities.subarray(row * output.V, (row + 1) * output.V);
    const likeliest = live.isGreedy ? argmax(probabilities, mayFollow) : undefined;
    if (mayEnd && (options.beamSize > 1 || likeliest === eos)) {
      const attention = attentionOf(output, row, beam.sourceLength, options);
      const logProbability = Math.log(probabilities[eos] as number);
      insert(beam.ended, completed(prefix, logProbability, attention, options), options.nBest);
    }
    candidates.offer(live, row, probabilities, (token) => token !== eos && mayFollow(token));
    if (likeliest !== undefined && likeliest !== eos)
      greedy = continuation(live, row, likeliest, probabilities[likeliest] as number);
  }
  beam.live = candidates.with(greedy).map(({ live, row, token, logProbability }) => ({
    prefix: {
      token,
      parent: live.prefix,
      length: live.prefix.length + 1,
      logProbability,
      attention: attentionOf(output, row, beam.sourceLength, options),
    },
    from: row,
    isGreedy: live === greedy?.live && token === greedy.token,
  }));
}

/** Whether no prefix can still become one of the `nBest` translations. */
function isDone({ live, ended, maxLength }: Beam, options: BeamSearchOptions): boolean {
  if (live.length === 0) return true;
  const worst = ended[options.nBest - 1];
  if (!worst) return false;
  const likeliest = Math.max(...live.map(({ prefix }) => prefix.logProbability));
  return options.beamSize === 1 || worst.score >= likeliest / lengthDivisor(maxLength + 1, options);
}

/** The `size` most probable continuations of one sentence, best first; among equals, the first offered. */
class Candidates {
  readonly #size: number;
  readonly #kept: Continuation[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  /** @param probabilities of the next token, [V] */
  offer(live: Live, row: number, probabilities: Real, isAllowed: (token: number) => boolean): void {
    let threshold = this.#thresholdFor(live);
    for (let v = 0; v < probabilities.length; v++) {
      const p = probabilities[v] as number;
      if (!(p > threshold) || !isAllowed(v)) continue;
      this.#keep(continuation(live, row, v, p));
      threshold = this.#thresholdFor(live);
    }
  }

  /** All of them, always including the given one. */
  with(greedy: Continuation | undefined): readonly Continuation[] {
    const isKept = this.#kept.some(({ live, token }) => live === greedy?.live && token === greedy.token);
    return !greedy || isKept ? this.#kept : [...this.#kept.slice(0, this.#size - 1), greedy];
  }

  /** The probability that a continuation of this prefix must exceed. */
  #thresholdFor({ prefix }: Live): number {
    const worst = this.#kept[this.#size - 1];
    return worst ? Math.exp(worst.logProbability - prefix.logProbability) : 0;
  }

  #keep(one: Continuation): void {
    const at = this.#kept.findIndex((other) => other.logProbability < one.logProbability);
    this.#kept.splice(at < 0 ? this.#kept.length : at, 0, one);
    if (this.#kept.length > this.#size) this.#kept.pop();
  }
}

function continuation(live: Live, row: number, token: number, probability: number): Continuation {
  return { live, row, token, logProbability: live.prefix.logProbability + Math.log(probability) };
}

/** The most probable token among those allowed. */
function argmax(probabilities: Real, isAllowed: (token: number) => boolean): number | undefined {
  let at: number | undefined;
  for (let v = 0; v < probabilities.length; v++)
    if ((at === undefined || (probabilities[v] as number) > (probabilities[at] as number)) && isAllowed(v)) at = v;
  return at;
}

/** The attention weights of a row, [sourceLength], if anything needs them. */
function attentionOf(
  { weights, S }: StepOutput,
  row: number,
  sourceLength: number,
  options: BeamSearchOptions,
): Float32Array | undefined {
  if (!weights || (!options.withAttention && options.coveragePenalty === 0)) return undefined;
  return Float32Array.from(weights.subarray(row * S, row * S + sourceLength));
}

/** Inserts a translation among the `count` best. */
function insert(ended: Hypothesis[], one: Hypothesis, count: number): void {
  const at = ended.findIndex(({ score }) => score < one.score);
  ended.splice(at < 0 ? ended.length : at, 0, one);
  if (ended.length > count) ended.pop();
}

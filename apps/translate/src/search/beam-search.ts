import type { Real } from '@unroll/rnn-core';
import { type Choice, Decoding, type Writer } from './decoding.ts';
import { completed, type Hypothesis, lengthFactor, type Prefix, repeating, type Scoring } from './hypothesis.ts';

export interface SearchOptions extends Scoring {
  /** How many hypotheses of each sentence live at a time; 1 is greedy. */
  readonly beam: number;
  /** How many translations of each sentence are wanted, at most `beam`. */
  readonly best: number;
  /** No n-gram of this length is written twice; 0 allows all. */
  readonly blockNgrams: number;
  /** Tokens, the boundary not counted. */
  readonly minLength: number;
  /** The same; by default 1.6 times the source's, and ten. */
  readonly maxLength?: number | undefined;
  /** Whether the translations carry where the decoder looked. */
  readonly withAttention: boolean;
}

/** A live prefix, and its row in the step that is about to be. */
interface Live {
  readonly prefix: Prefix;
  /** The row of the step before that it continues. */
  readonly from: number;
  /** Whether it is what greedy search would have written. */
  readonly isGreedy: boolean;
}

/** A prefix one token longer, before it is known whether it lives. */
interface Continuation {
  readonly live: Live;
  readonly row: number;
  readonly token: number;
  readonly logProbability: number;
}

/** One sentence's search. */
interface Beam {
  /** Places of its source. */
  readonly places: number;
  /** The most tokens a translation may have. */
  readonly limit: number;
  live: Live[];
  /** The best so far, best first, at most as many as are wanted. */
  readonly ended: Hypothesis[];
}

const START: Prefix = { token: -1, parent: undefined, length: 0, logProbability: 0, looked: undefined };

/**
 * Beam search over a batch of sentences at once.
 *
 * At each step every live prefix is offered its end, and the `beam` best continuations of a sentence live on. The prefix
 * that greedy search would write is never pruned, so the best score found is at least greedy's. A sentence is done when
 * no live prefix can reach a score among the wanted ones, however it goes on: its probability can only fall, and it can
 * be divided by no more than the longest translation's length factor. So stopping early loses nothing.
 *
 * With `beam` 1 the search is greedy: it ends where the end is the likeliest token.
 *
 * @param sources the sentences' ids, each with its boundary
 * @returns of each sentence the best translations, best first
 */
export function beamSearch(writer: Writer, sources: readonly Int32Array[], options: SearchOptions): Hypothesis[][] {
  const beams: Beam[] = sources.map((source, sentence) => ({
    places: source.length,
    limit: options.maxLength ?? Math.floor(1.6 * source.length) + 10,
    live: [{ prefix: START, from: sentence, isGreedy: true }],
    ended: [],
  }));
  using decoding = new Decoding(writer, sources, options.beam);
  for (let active = beams; active.length > 0; ) {
    const { tokens, from } = rowsOf(active, writer.boundary);
    decoding.step(tokens, from, (choice) => {
      for (const [n, beam] of active.entries()) advance(beam, n, active.length, choice, writer, options);
    });
    const going = Int32Array.from(active.keys()).filter((n) => !isDone(active[n] as Beam, options));
    if (going.length > 0 && going.length < active.length) decoding.keep(going);
    active = Array.from(going, (n) => active[n] as Beam);
  }
  return beams.map(({ ended }) => ended);
}

/** Every sentence's live prefixes in rows k·N + n; a sentence with fewer than the most repeats its first. */
function rowsOf(active: readonly Beam[], boundary: number): { tokens: Int32Array; from: Int32Array } {
  const N = active.length;
  const K = Math.max(...active.map(({ live }) => live.length));
  const tokens = new Int32Array(K * N);
  const from = new Int32Array(K * N);
  for (const [n, { live }] of active.entries()) {
    for (let k = 0; k < K; k++) {
      const { prefix, from: row } = (live[k] ?? live[0]) as Live;
      tokens[k * N + n] = prefix.length === 0 ? boundary : prefix.token;
      from[k * N + n] = row;
    }
  }
  return { tokens, from };
}

/** One step of one sentence, whose hypothesis k stands in row k·N + n. */
function advance(
  beam: Beam,
  n: number,
  N: number,
  choice: Choice,
  { boundary }: Writer,
  options: SearchOptions,
): void {
  const best = new Best(options.beam);
  let greedy: Continuation | undefined;
  for (const [k, live] of beam.live.entries()) {
    const row = k * N + n;
    const { prefix } = live;
    const banned = repeating(prefix, options.blockNgrams);
    const mustEnd = prefix.length === beam.limit || banned.size === choice.V - 1;
    const mayEnd = mustEnd || prefix.length >= options.minLength;
    const mayFollow = (token: number): boolean => (token === boundary ? mayEnd : !mustEnd && !banned.has(token));
    const words = choice.probabilities.subarray(row * choice.V, (row + 1) * choice.V);
    const likeliest = live.isGreedy ? largest(words, mayFollow) : undefined;
    if (mayEnd && (options.beam > 1 || likeliest === boundary)) {
      const looked = lookedAt(choice, row, beam.places, options);
      insert(beam.ended, completed(prefix, Math.log(words[boundary] as number), looked, options), options.best);
    }
    best.offer(live, row, words, (token) => token !== boundary && mayFollow(token));
    if (likeliest !== undefined && likeliest !== boundary)
      greedy = continuation(live, row, likeliest, words[likeliest] as number);
  }
  beam.live = best.with(greedy).map(({ live, row, token, logProbability }) => ({
    prefix: {
      token,
      parent: live.prefix,
      length: live.prefix.length + 1,
      logProbability,
      looked: lookedAt(choice, row, beam.places, options),
    },
    from: row,
    isGreedy: live === greedy?.live && token === greedy.token,
  }));
}

/** Whether no live prefix can still come to a translation that is wanted. */
function isDone({ live, ended, limit }: Beam, options: SearchOptions): boolean {
  if (live.length === 0) return true;
  const worst = ended[options.best - 1];
  if (!worst) return false;
  const likeliest = Math.max(...live.map(({ prefix }) => prefix.logProbability));
  return options.beam === 1 || worst.score >= likeliest / lengthFactor(limit + 1, options);
}

/** The `count` likeliest continuations of one sentence, best first; of equals the first offered. */
class Best {
  readonly #count: number;
  readonly #kept: Continuation[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  /** @param words probabilities of the next token, [V] */
  offer(live: Live, row: number, words: Real, isAllowed: (token: number) => boolean): void {
    let least = this.#leastFor(live);
    for (let v = 0; v < words.length; v++) {
      const p = words[v] as number;
      if (!(p > least) || !isAllowed(v)) continue;
      this.#keep(continuation(live, row, v, p));
      least = this.#leastFor(live);
    }
  }

  /** All of them, the given one among them in any case. */
  with(greedy: Continuation | undefined): readonly Continuation[] {
    const isKept = this.#kept.some(({ live, token }) => live === greedy?.live && token === greedy.token);
    return !greedy || isKept ? this.#kept : [...this.#kept.slice(0, this.#count - 1), greedy];
  }

  /** The probability a continuation of this prefix must exceed. */
  #leastFor({ prefix }: Live): number {
    const worst = this.#kept[this.#count - 1];
    return worst ? Math.exp(worst.logProbability - prefix.logProbability) : 0;
  }

  #keep(one: Continuation): void {
    const at = this.#kept.findIndex((other) => other.logProbability < one.logProbability);
    this.#kept.splice(at < 0 ? this.#kept.length : at, 0, one);
    if (this.#kept.length > this.#count) this.#kept.pop();
  }
}

function continuation(live: Live, row: number, token: number, probability: number): Continuation {
  return { live, row, token, logProbability: live.prefix.logProbability + Math.log(probability) };
}

/** The place of the largest number among those allowed. */
function largest(words: Real, isAllowed: (token: number) => boolean): number | undefined {
  let at: number | undefined;
  for (let v = 0; v < words.length; v++)
    if ((at === undefined || (words[v] as number) > (words[at] as number)) && isAllowed(v)) at = v;
  return at;
}

function lookedAt(
  { weights, S }: Choice,
  row: number,
  places: number,
  options: SearchOptions,
): Float32Array | undefined {
  if (!weights || (!options.withAttention && options.coveragePenalty === 0)) return undefined;
  return Float32Array.from(weights.subarray(row * S, row * S + places));
}

/** Puts one translation in its place among the `count` best. */
function insert(ended: Hypothesis[], one: Hypothesis, count: number): void {
  const at = ended.findIndex(({ score }) => score < one.score);
  ended.splice(at < 0 ? ended.length : at, 0, one);
  if (ended.length > count) ended.pop();
}

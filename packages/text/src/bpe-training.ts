import TinyQueue from 'tinyqueue';
import { BYTE_CHARACTERS, type PreTokenizer, preTokenize } from './byte-level.ts';
import { DataError } from './data-error.ts';
import { encodeUtf8 } from './utf8.ts';

/** A trained byte-level BPE. */
export interface BpeModel {
  /** Every token by id, in byte characters (see `BYTE_CHARACTERS`); a special token by its name. */
  readonly tokens: readonly string[];
  /** Pairs of ids in the order learned. The concatenation of a pair is a token. */
  readonly merges: readonly (readonly [left: number, right: number])[];
  /** Tokens that are never made from text, such as `</s>`. */
  readonly specialTokens: readonly string[];
  /** How a text is split into pretokens; merges stay within one. */
  readonly preTokenizer: PreTokenizer;
}

/** Of {@link BpeTokenizer.train}. */
export interface BpeTrainingOptions {
  /** Maximum vocabulary size: special tokens, 256 bytes, merges. */
  readonly vocabSize: number;
  /** Names of tokens that are never made from text; they have the first ids. */
  readonly specialTokens?: readonly string[];
}

interface Candidate {
  readonly pair: number;
  readonly count: number;
}

const PRE_TOKENIZER: PreTokenizer = 'words';
const MIN_COUNT = 2; // a pair that occurs once does not generalise

/**
 * Byte-pair encoding: the most frequent pair of neighbouring tokens becomes a token, again and again; of equally frequent
 * pairs the one with the lower ids.
 *
 * Each distinct pretoken is kept once with its count, and a merge changes the counts of its neighbours only. The heap
 * may hold outdated counts, which are corrected when they reach the top.
 *
 * Source: Sennrich, Haddow, Birch 2016, over bytes as Radford et al. 2019; same order as Hugging Face's BpeTrainer.
 *
 * @throws DataError when `vocabSize` leaves no room for the bytes, or a text holds a lone surrogate
 */
export function trainBpe(texts: Iterable<string>, { vocabSize, specialTokens = [] }: BpeTrainingOptions): BpeModel {
  const tokens = [...specialTokens, ...BYTE_CHARACTERS.toSorted()];
  if (vocabSize < tokens.length)
    throw new DataError(
      `trainBpe: vocabSize must be at least ${tokens.length}, the bytes and special tokens, got ${vocabSize}`,
    );
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const { pretokens, counts } = countPretokens(texts, ids);
  const pairs = new PairCounts(pretokens, counts, vocabSize);
  const merges: [number, number][] = [];
  while (tokens.length < vocabSize) {
    const pair = pairs.mostFrequent();
    if (pair === undefined) break;
    const [left, right] = pair;
    const joined = `${tokens[left]}${tokens[right]}`;
    if (specialTokens.includes(joined)) continue; // else text could become a special token
    // Two ways to the same token share its id.
    const id = ids.get(joined) ?? tokens.push(joined) - 1;
    ids.set(joined, id);
    merges.push([left, right]);
    pairs.merge(left, right, id);
  }
  return { tokens, merges, specialTokens, preTokenizer: PRE_TOKENIZER };
}

/** Returns each distinct pretoken of the texts as the ids of its bytes, and its count. */
function countPretokens(
  texts: Iterable<string>,
  ids: ReadonlyMap<string, number>,
): { pretokens: number[][]; counts: number[] } {
  const occurrences = new Map<string, number>();
  for (const text of texts)
    for (const pretoken of preTokenize(text, PRE_TOKENIZER))
      occurrences.set(pretoken, (occurrences.get(pretoken) ?? 0) + 1);
  const byteIds = BYTE_CHARACTERS.map((character) => ids.get(character) as number);
  const pretokens = Array.from(occurrences.keys(), (pretoken) =>
    Array.from(encodeUtf8('trainBpe', pretoken), (byte) => byteIds[byte] as number),
  );
  return { pretokens, counts: [...occurrences.values()] };
}

/** How often each pair of neighbouring tokens occurs. A pair is the number left · V + right. */
class PairCounts {
  readonly #pretokens: number[][];
  readonly #weights: readonly number[];
  readonly #V: number;
  readonly #counts = new Map<number, number>();
  /** The pretokens that a pair has been in: it may be gone from some, and some may be listed twice. */
  readonly #pretokensOf = new Map<number, number[]>();
  readonly #candidates = new TinyQueue<Candidate>([], (a, b) => b.count - a.count || a.pair - b.pair);

  constructor(pretokens: number[][], weights: readonly number[], V: number) {
    this.#pretokens = pretokens;
    this.#weights = weights;
    this.#V = V;
    const changes = new Map<number, number>();
    for (const [index, pretoken] of pretokens.entries())
      for (let k = 0; k + 1 < pretoken.length; k++)
        this.#change(changes, index, pretoken[k] as number, pretoken[k + 1] as number, 1);
    this.#apply(changes);
  }

  /** Removes and returns the most frequent pair; undefined when none is frequent enough. */
  mostFrequent(): [left: number, right: number] | undefined {
    for (let best = this.#candidates.pop(); best !== undefined; best = this.#candidates.pop()) {
      const count = this.#counts.get(best.pair) ?? 0;
      if (count < MIN_COUNT) continue;
      const right = best.pair % this.#V;
      if (count === best.count) return [(best.pair - right) / this.#V, right];
      this.#candidates.push({ pair: best.pair, count });
    }
    return undefined;
  }

  /** Replaces a pair by the token `id` everywhere. */
  merge(left: number, right: number, id: number): void {
    const changes = new Map<number, number>();
    const pair = left * this.#V + right;
    for (const index of new Set(this.#pretokensOf.get(pair))) this.#mergeInPretoken(index, left, right, id, changes);
    this.#pretokensOf.delete(pair);
    changes.delete(pair);
    this.#counts.delete(pair);
    this.#apply(changes);
  }

  /** Only the pairs beside a merge change their counts. */
  #mergeInPretoken(index: number, left: number, right: number, id: number, changes: Map<number, number>): void {
    const pretoken = this.#pretokens[index] as number[];
    let length = 0;
    for (let k = 0; k < pretoken.length; k++) {
      if (pretoken[k] !== left || pretoken[k + 1] !== right) {
        pretoken[length++] = pretoken[k] as number;
        continue;
      }
      if (length > 0) {
        const before = pretoken[length - 1] as number;
        this.#change(changes, index, before, left, -1);
        this.#change(changes, index, before, id, 1);
      }
      if (k + 2 < pretoken.length) {
        const after = pretoken[k + 2] as number;
        this.#change(changes, index, right, after, -1);
        this.#change(changes, index, id, after, 1);
      }
      pretoken[length++] = id;
      k++;
    }
    pretoken.length = length;
  }

  #change(changes: Map<number, number>, index: number, left: number, right: number, sign: 1 | -1): void {
    const pair = left * this.#V + right;
    changes.set(pair, (changes.get(pair) ?? 0) + sign * (this.#weights[index] as number));
    if (sign < 0) return;
    const pretokens = this.#pretokensOf.get(pair);
    if (!pretokens) this.#pretokensOf.set(pair, [index]);
    else if (pretokens.at(-1) !== index) pretokens.push(index);
  }

  #apply(changes: ReadonlyMap<number, number>): void {
    for (const [pair, change] of changes) {
      const count = (this.#counts.get(pair) ?? 0) + change;
      this.#counts.set(pair, count);
      // A pair that has become rarer is still in the heap.
      if (change > 0) this.#candidates.push({ pair, count });
    }
  }
}

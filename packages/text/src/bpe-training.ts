import { BYTE_CHARACTERS, cutPieces, type PieceRule } from './byte-level.ts';
import { DataError } from './data-error.ts';
import { Heap } from './heap.ts';
import { encodeUtf8 } from './utf8.ts';

/** What a byte-level BPE has learnt. */
export interface BpeModel {
  /** Every token by id, in byte characters; a special token by its name. */
  readonly tokens: readonly string[];
  /** Pairs of ids, the first learnt first. The texts of a pair side by side are a token. */
  readonly merges: readonly (readonly [left: number, right: number])[];
  /** Tokens that no text turns into, such as `</s>`. */
  readonly specials: readonly string[];
  /** Where no merge reaches across. */
  readonly pieces: PieceRule;
}

export interface BpeTrainingOptions {
  /** How many entries the vocabulary shall have at most: special tokens, 256 bytes, merges. */
  readonly size: number;
  /** Names of tokens that no text turns into; they have the first ids. */
  readonly specials?: readonly string[];
}

interface Candidate {
  readonly pair: number;
  readonly count: number;
}

const PIECES: PieceRule = 'words';
const MIN_COUNT = 2; // a pair that occurs once teaches nothing

/**
 * Byte-pair encoding: the most frequent pair of neighbours becomes a token, again and again; of equally frequent pairs the
 * one with the lower ids.
 *
 * Counts are kept by different piece of text, and after a merge only the pieces that hold the pair are counted anew. The
 * heap may hold outdated counts: they are put right when they come up.
 *
 * Source: Sennrich, Haddow, Birch 2016, over bytes as Radford et al. 2019; same order as Hugging Face's BpeTrainer.
 *
 * @throws DataError when the size leaves no room for the bytes, or a text holds a lone surrogate
 */
export function trainBpe(texts: Iterable<string>, { size, specials = [] }: BpeTrainingOptions): BpeModel {
  const tokens = [...specials, ...BYTE_CHARACTERS.toSorted()];
  if (size < tokens.length)
    throw new DataError(
      `trainBpe: size must be at least ${tokens.length}, the bytes and special tokens, got ${size}`,
    );
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const { pieces, counts } = countPieces(texts, ids);
  const pairs = new PairCounts(pieces, counts, size);
  const merges: [number, number][] = [];
  while (tokens.length < size) {
    const pair = pairs.mostFrequent();
    if (pair === undefined) break;
    const [left, right] = pair;
    const joined = `${tokens[left]}${tokens[right]}`;
    if (specials.includes(joined)) continue; // else text could turn into it
    // Two ways to the same token share its id.
    const id = ids.get(joined) ?? tokens.push(joined) - 1;
    ids.set(joined, id);
    merges.push([left, right]);
    pairs.merge(left, right, id);
  }
  return { tokens, merges, specials, pieces: PIECES };
}

/** Every different piece of the texts as the ids of its bytes, and how often it occurs. */
function countPieces(
  texts: Iterable<string>,
  ids: ReadonlyMap<string, number>,
): { pieces: number[][]; counts: number[] } {
  const occurrences = new Map<string, number>();
  for (const text of texts)
    for (const piece of cutPieces(text, PIECES)) occurrences.set(piece, (occurrences.get(piece) ?? 0) + 1);
  const byteIds = BYTE_CHARACTERS.map((character) => ids.get(character) as number);
  const pieces = Array.from(occurrences.keys(), (piece) =>
    Array.from(encodeUtf8('trainBpe', piece), (byte) => byteIds[byte] as number),
  );
  return { pieces, counts: [...occurrences.values()] };
}

/** How often each pair of neighbours occurs; a pair is the number left · V + right. */
class PairCounts {
  readonly #pieces: number[][];
  readonly #weights: readonly number[];
  readonly #V: number;
  readonly #counts = new Map<number, number>();
  /** Pieces a pair has stood in, some perhaps no more, some twice. */
  readonly #places = new Map<number, number[]>();
  readonly #candidates = new Heap<Candidate>((a, b) => a.count > b.count || (a.count === b.count && a.pair < b.pair));

  constructor(pieces: number[][], weights: readonly number[], V: number) {
    this.#pieces = pieces;
    this.#weights = weights;
    this.#V = V;
    const changes = new Map<number, number>();
    for (const index of pieces.keys()) this.#add(index, changes);
    this.#apply(changes);
  }

  /** Takes the pair that occurs most often; undefined when none occurs often enough. */
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

  /** Joins a pair wherever it stands. */
  merge(left: number, right: number, id: number): void {
    const changes = new Map<number, number>();
    const pair = left * this.#V + right;
    for (const index of new Set(this.#places.get(pair))) {
      this.#remove(index, changes);
      this.#pieces[index] = joinPairs(this.#pieces[index] as readonly number[], left, right, id);
      this.#add(index, changes);
    }
    this.#places.delete(pair);
    this.#apply(changes);
  }

  #add(index: number, changes: Map<number, number>): void {
    for (const pair of this.#pairs(index)) {
      changes.set(pair, (changes.get(pair) ?? 0) + (this.#weights[index] as number));
      const places = this.#places.get(pair);
      if (places) places.push(index);
      else this.#places.set(pair, [index]);
    }
  }

  #remove(index: number, changes: Map<number, number>): void {
    for (const pair of this.#pairs(index))
      changes.set(pair, (changes.get(pair) ?? 0) - (this.#weights[index] as number));
  }

  #apply(changes: ReadonlyMap<number, number>): void {
    for (const [pair, change] of changes) {
      const count = (this.#counts.get(pair) ?? 0) + change;
      this.#counts.set(pair, count);
      // A pair that got rarer is still in the heap.
      if (change > 0) this.#candidates.push({ pair, count });
    }
  }

  #pairs(index: number): number[] {
    const piece = this.#pieces[index] as readonly number[];
    return piece.slice(1).map((right, k) => (piece[k] as number) * this.#V + right);
  }
}

/** The ids with every left–right pair replaced by `id`, from the left. */
function joinPairs(piece: readonly number[], left: number, right: number, id: number): number[] {
  const joined: number[] = [];
  for (let k = 0; k < piece.length; k++) {
    const isPair = piece[k] === left && piece[k + 1] === right;
    joined.push(isPair ? id : (piece[k] as number));
    if (isPair) k++;
  }
  return joined;
}

import { BYTE_CHARACTERS, pieces, spell } from './byte-level.ts';
import { DataError } from './data-error.ts';
import { MaxHeap } from './max-heap.ts';

export interface BpeTrainingOptions {
  /** How many entries the vocabulary shall have at most: special tokens, 256 bytes, merges. */
  readonly size: number;
  /** Tokens that no text turns into, with the first ids. */
  readonly specials?: readonly string[];
  /** How often a pair must occur to be merged. */
  readonly minCount?: number;
  /** Called for each text before it is cut into pieces. */
  readonly prepare?: (text: string) => string;
}

/** A learnt vocabulary: entry k of `tokens` has id k; merges stand in the order in which they apply. */
export interface BpeModel {
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly [string, string])[];
  readonly specials: readonly string[];
}

/**
 * Byte-pair encoding: the most frequent pair of neighbours becomes a token, again and again. Counts are kept up to date by
 * visiting only the pieces that hold the merged pair, and the next pair comes from a heap whose stale entries are put
 * back with today's count. Of equally frequent pairs the one with the lower ids comes first.
 *
 * Source: Sennrich, Haddow, Birch 2016, over bytes as Radford et al. 2019.
 *
 * @throws DataError when the size leaves no room for the bytes, or a text holds a lone surrogate
 */
export function trainBpe(
  texts: Iterable<string>,
  { size, specials = [], minCount = 2, prepare = (text) => text }: BpeTrainingOptions,
): BpeModel {
  const alphabet = BYTE_CHARACTERS.toSorted();
  const tokens = [...specials, ...alphabet];
  if (size < tokens.length)
    throw new DataError(
      `trainBpe: size must be at least ${tokens.length}, the bytes and special tokens, got ${size}`,
    );
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const words = countPieces(texts, prepare, ids);
  const index = new PairIndex(words);
  const merges: [string, string][] = [];
  for (let pair = index.next(minCount); pair && tokens.length < size; pair = index.next(minCount)) {
    const [left, right] = [tokens[pair.left] as string, tokens[pair.right] as string];
    merges.push([left, right]);
    const joined = left + right;
    // Two ways to the same token share its id.
    let id = ids.get(joined);
    if (id === undefined) ids.set(joined, (id = tokens.push(joined) - 1));
    index.merge(pair, id);
  }
  return { tokens, merges, specials };
}

/** A different piece of the texts, as the ids of its parts, and how often it occurs. */
interface Word {
  parts: number[];
  readonly count: number;
}

function countPieces(
  texts: Iterable<string>,
  prepare: (text: string) => string,
  ids: ReadonlyMap<string, number>,
): Word[] {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const piece of pieces('trainBpe', prepare(text))) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  return Array.from(counts, ([piece, count]) => ({
    parts: Array.from(spell(piece), (character) => ids.get(character) as number),
    count,
  }));
}

interface Pair {
  readonly left: number;
  readonly right: number;
  /** As it stood when the entry was made. */
  readonly count: number;
}

const PAIR_BASE = 2 ** 26; // ids stay far below, and the product within the integers a number holds
const keyOf = (left: number, right: number): number => left * PAIR_BASE + right;

/** Every pair of neighbours with its count and the words it stands in. */
class PairIndex {
  readonly #words: Word[];
  readonly #counts = new Map<number, number>();
  readonly #places = new Map<number, Set<number>>();
  readonly #heap = new MaxHeap<Pair>((a, b) => a.count - b.count || b.left - a.left || b.right - a.right);

  constructor(words: Word[]) {
    this.#words = words;
    for (const w of words.keys()) this.#add(w);
    this.#queue(this.#counts.keys());
  }

  /** The most frequent pair, when it occurs often enough. */
  next(minCount: number): Pair | undefined {
    for (let pair = this.#heap.pop(); pair; pair = this.#heap.pop()) {
      const count = this.#counts.get(keyOf(pair.left, pair.right)) ?? 0;
      if (count < minCount) continue;
      if (count === pair.count) return pair;
      this.#heap.push({ ...pair, count });
    }
    return undefined;
  }

  /** Joins the pair wherever it stands. */
  merge({ left, right }: Pair, id: number): void {
    const changed = new Set<number>();
    for (const w of this.#places.get(keyOf(left, right)) ?? []) {
      const word = this.#words[w] as Word;
      this.#remove(w);
      word.parts = joinPairs(word.parts, left, right, id);
      this.#add(w, changed);
    }
    this.#queue(changed, id);
  }

  #add(w: number, seen?: Set<number>): void {
    const { parts, count } = this.#words[w] as Word;
    for (let k = 1; k < parts.length; k++) {
      const key = keyOf(parts[k - 1] as number, parts[k] as number);
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
      let places = this.#places.get(key);
      if (!places) this.#places.set(key, (places = new Set()));
      places.add(w);
      seen?.add(key);
    }
  }

  #remove(w: number): void {
    const { parts, count } = this.#words[w] as Word;
    for (let k = 1; k < parts.length; k++) {
      const key = keyOf(parts[k - 1] as number, parts[k] as number);
      this.#counts.set(key, (this.#counts.get(key) as number) - count);
      this.#places.get(key)?.delete(w);
    }
  }

  /** Enters pairs into the heap; after a merge only those with the new id can be new to it or have grown. */
  #queue(keys: Iterable<number>, id?: number): void {
    for (const key of keys) {
      const [left, right] = [Math.floor(key / PAIR_BASE), key % PAIR_BASE];
      if (id !== undefined && left !== id && right !== id) continue;
      this.#heap.push({ left, right, count: this.#counts.get(key) as number });
    }
  }
}

/** The parts with every left–right pair replaced by `id`, from the left. */
function joinPairs(parts: readonly number[], left: number, right: number, id: number): number[] {
  const joined: number[] = [];
  for (let k = 0; k < parts.length; k++) {
    const isPair = parts[k] === left && parts[k + 1] === right;
    joined.push(isPair ? id : (parts[k] as number));
    if (isPair) k++;
  }
  return joined;
}

import TinyQueue from 'tinyqueue';
import { BYTE_CHARACTERS, cutPieces, type PieceRule } from './byte-level.ts';
import { DataError } from './data-error.ts';
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
 * Byte-pair encoding: the most frequent pair of neighbouring tokens becomes a token, again and again; of equally frequent
 * pairs the one with the lower ids.
 *
 * Each distinct piece of text is kept once with its count, and a merge changes the counts of its neighbours only. The heap
 * may hold outdated counts, which are corrected when they reach the top.
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

/** How often each pair of neighbouring tokens occurs. A pair is the number left · V + right. */
class PairCounts {
  readonly #pieces: number[][];
  readonly #weights: readonly number[];
  readonly #V: number;
  readonly #counts = new Map<number, number>();
  /** The pieces that a pair has been in: it may be gone from some, and some may be listed twice. */
  readonly #piecesOf = new Map<number, number[]>();
  readonly #candidates = new TinyQueue<Candidate>([], (a, b) => b.count - a.count || a.pair - b.pair);

  constructor(pieces: number[][], weights: readonly number[], V: number) {
    this.#pieces = pieces;
    this.#weights = weights;
    this.#V = V;
    const changes = new Map<number, number>();
    for (const [index, piece] of pieces.entries())
      for (let k = 0; k + 1 < piece.length; k++)
        this.#change(changes, index, piece[k] as number, piece[k + 1] as number, 1);
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
    for (const index of new Set(this.#piecesOf.get(pair))) this.#mergeInPiece(index, left, right, id, changes);
    this.#piecesOf.delete(pair);
    changes.delete(pair);
    this.#counts.delete(pair);
    this.#apply(changes);
  }

  /** Only the pairs beside a merge change their counts. */
  #mergeInPiece(index: number, left: number, right: number, id: number, changes: Map<number, number>): void {
    const piece = this.#pieces[index] as number[];
    let length = 0;
    for (let k = 0; k < piece.length; k++) {
      if (piece[k] !== left || piece[k + 1] !== right) {
        piece[length++] = piece[k] as number;
        continue;
      }
      if (length > 0) {
        const before = piece[length - 1] as number;
        this.#change(changes, index, before, left, -1);
        this.#change(changes, index, before, id, 1);
      }
      if (k + 2 < piece.length) {
        const after = piece[k + 2] as number;
        this.#change(changes, index, right, after, -1);
        this.#change(changes, index, id, after, 1);
      }
      piece[length++] = id;
      k++;
    }
    piece.length = length;
  }

  #change(changes: Map<number, number>, index: number, left: number, right: number, sign: 1 | -1): void {
    const pair = left * this.#V + right;
    changes.set(pair, (changes.get(pair) ?? 0) + sign * (this.#weights[index] as number));
    if (sign < 0) return;
    const pieces = this.#piecesOf.get(pair);
    if (!pieces) this.#piecesOf.set(pair, [index]);
    else if (pieces.at(-1) !== index) pieces.push(index);
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

import TinyQueue from 'tinyqueue';
import { readBpe, writeBpe } from './bpe-json.ts';
import { type BpeModel, type BpeTrainingOptions, trainBpe } from './bpe-training.ts';
import { BYTE_CHARACTERS, cutPieces, tokenBytes } from './byte-level.ts';
import { DataError } from './data-error.ts';
import type { RandomSource } from './random.ts';
import type { Tokenizer } from './tokenizer.ts';
import { decodeUtf8, encodeUtf8, requireWellFormed, Utf8Decoder } from './utf8.ts';

export interface BpeOptions {
  /**
   * Whether a blank is put before each text, so that its first word is spelt like the same word elsewhere; decoding takes
   * it away again.
   */
  readonly leadingBlank?: boolean;
}

/** Leaves out each merge with probability `rate`, so that a model sees many spellings. Source: Provilkov et al. 2020. */
export interface BpeDropout {
  /** In [0, 1). */
  readonly rate: number;
  readonly random: RandomSource;
}

const CACHED_PIECES = 50_000; // a translation corpus has fewer

/**
 * Byte-level byte-pair encoding. Every string has ids, and they give back exactly that string: what no merge covers is
 * spelt in bytes, so nothing is unknown.
 *
 * Special tokens are never made from text: `encode('</s>')` are the ids of four characters. That is the one difference to
 * Hugging Face's tokenizers on the same file.
 */
export class BpeTokenizer implements Tokenizer {
  /** V: ids are 0 … size − 1. */
  readonly size: number;
  readonly #model: BpeModel;
  readonly #leadingBlank: boolean;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #bytes: readonly Uint8Array[]; //       by id; of a special token none
  readonly #byteIds: Int32Array; //                [256]
  readonly #ranks = new Map<number, number>(); //  left · V + right to the merge's place in the order
  readonly #joined: Int32Array; //                 rank to the id of the joined token
  readonly #cache = new Map<string, readonly number[]>();

  /** Learns a vocabulary from texts. See {@link trainBpe}. */
  static train(
    texts: Iterable<string>,
    { leadingBlank = false, ...options }: BpeTrainingOptions & BpeOptions,
  ): BpeTokenizer {
    return new BpeTokenizer(trainBpe(leadingBlank ? eachWithBlank(texts) : texts, options), { leadingBlank });
  }

  /**
   * Reads a Hugging Face `tokenizer.json` with a byte-level BPE model.
   * @throws DataError when it holds another kind of tokenizer, or asks for what would give other ids
   */
  static fromJson(json: unknown): BpeTokenizer {
    const { leadingBlank, ...model } = readBpe(json);
    return new BpeTokenizer(model, { leadingBlank });
  }

  /** @throws DataError when a byte has no token, or a merge no result */
  constructor(model: BpeModel, { leadingBlank = false }: BpeOptions = {}) {
    const { tokens, merges, specials } = model;
    this.#model = model;
    this.#leadingBlank = leadingBlank;
    this.size = tokens.length;
    this.#ids = new Map(tokens.map((token, id) => [token, id]));
    this.#bytes = tokens.map((token) => {
      const bytes = specials.includes(token) ? new Uint8Array(0) : tokenBytes(token);
      if (bytes === undefined)
        throw new DataError(`BpeTokenizer: tokens must be written in byte characters, got ${JSON.stringify(token)}`);
      return bytes;
    });
    this.#byteIds = Int32Array.from(BYTE_CHARACTERS, (character, byte) => {
      const id = this.#ids.get(character);
      if (id === undefined)
        throw new DataError(
          `BpeTokenizer: tokens must hold all 256 bytes, got none for ${byte}, written ${character}`,
        );
      return id;
    });
    this.#joined = Int32Array.from(merges, ([left, right], rank) => {
      const id = this.#ids.get(`${tokens[left]}${tokens[right]}`);
      if (id === undefined)
        throw new DataError(
          `BpeTokenizer: merge ${rank} must join two tokens to a third, got ${tokens[left]} and ${tokens[right]}`,
        );
      this.#ranks.set(left * this.size + right, rank);
      return id;
    });
  }

  get specials(): readonly string[] {
    return this.#model.specials;
  }

  /** @throws DataError when there is no such token */
  idOf(token: string): number {
    const id = this.#ids.get(token);
    if (id === undefined)
      throw new DataError(`BpeTokenizer.idOf: token must be in the vocabulary, got ${JSON.stringify(token)}`);
    return id;
  }

  /** The text of one token; the name of a special one, U+FFFD where it holds a part of a character. */
  textOf(id: number): string {
    const bytes = this.#bytesOf(id);
    return bytes.length === 0 ? (this.#model.tokens[id] as string) : decodeUtf8(bytes);
  }

  /** @throws DataError when `text` holds a lone surrogate, with its position */
  encode(text: string, dropout?: BpeDropout): Int32Array<ArrayBuffer> {
    requireWellFormed('BpeTokenizer.encode', text);
    const ids: number[] = [];
    for (const piece of cutPieces(this.#leadingBlank ? withBlank(text) : text, this.#model.pieces))
      for (const id of dropout ? this.#join(piece, dropout) : this.#remembered(piece)) ids.push(id);
    return Int32Array.from(ids);
  }

  /** The text of ids; special tokens give nothing. @throws DataError for an id out of range */
  decode(ids: Iterable<number>): string {
    const utf8 = new Utf8Decoder();
    let text = '';
    for (const id of ids) text += utf8.push(this.#bytesOf(id));
    text += utf8.end();
    return this.#leadingBlank && text.startsWith(' ') ? text.slice(1) : text;
  }

  /** What Hugging Face's libraries read as `tokenizer.json`. */
  toJSON(): object {
    return writeBpe({ ...this.#model, leadingBlank: this.#leadingBlank });
  }

  #bytesOf(id: number): Uint8Array {
    const bytes = this.#bytes[id];
    if (bytes === undefined)
      throw new DataError(`BpeTokenizer: ids must be integers in [0, ${this.size}), got ${id}`);
    return bytes;
  }

  #remembered(piece: string): readonly number[] {
    let ids = this.#cache.get(piece);
    if (!ids) {
      if (this.#cache.size >= CACHED_PIECES) this.#cache.clear();
      this.#cache.set(piece, (ids = this.#join(piece)));
    }
    return ids;
  }

  /**
   * Joins the bytes of a piece, always the neighbours whose merge was learnt first, and of those the leftmost.
   *
   * The parts are a linked list, and a heap holds the possible merges as rank · N + place, so that N bytes take
   * O(N log N) time.
   */
  #join(piece: string, dropout?: BpeDropout): number[] {
    const parts = Int32Array.from(encodeUtf8('BpeTokenizer.encode', piece), (byte) => this.#byteIds[byte] as number);
    const N = parts.length;
    const next = Int32Array.from(parts, (_, k) => k + 1);
    const previous = Int32Array.from(parts, (_, k) => k - 1);
    const candidates = new TinyQueue<number>([], (a, b) => a - b);
    const rankAt = (k: number): number | undefined => {
      const right = parts[next[k] as number];
      return right === undefined ? undefined : this.#ranks.get((parts[k] as number) * this.size + right);
    };
    const consider = (k: number): void => {
      const rank = k < 0 ? undefined : rankAt(k);
      if (rank !== undefined) candidates.push(rank * N + k);
    };
    for (let k = 0; k < N; k++) consider(k);

    let skipped: number[] = [];
    for (let best = candidates.pop(); best !== undefined; best = candidates.pop()) {
      const at = best % N;
      const rank = (best - at) / N;
      if (parts[at] === GONE || rankAt(at) !== rank) continue; // joined with another meanwhile
      if (dropout && dropout.random.uint32() < dropout.rate * 2 ** 32) {
        skipped.push(best);
        continue;
      }
      const after = next[at] as number;
      const beyond = next[after] as number;
      parts[at] = this.#joined[rank] as number;
      parts[after] = GONE;
      next[at] = beyond;
      if (beyond < N) previous[beyond] = at;
      consider(at);
      consider(previous[at] as number);
      // What was left out this time may be drawn again at the next merge.
      for (const candidate of skipped) candidates.push(candidate);
      skipped = [];
    }
    return Array.from(parts.filter((id) => id !== GONE));
  }
}

const GONE = -1;

const withBlank = (text: string): string => (text === '' ? text : ` ${text}`);

function* eachWithBlank(texts: Iterable<string>): Generator<string> {
  for (const text of texts) yield withBlank(text);
}

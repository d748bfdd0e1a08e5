import TinyQueue from 'tinyqueue';
import { readBpe, writeBpe } from './bpe-json.ts';
import { type BpeModel, type BpeTrainingOptions, trainBpe } from './bpe-training.ts';
import { BYTE_CHARACTERS, preTokenize, tokenBytes } from './byte-level.ts';
import { DataError } from './data-error.ts';
import type { RandomSource } from './random.ts';
import type { Tokenizer } from './tokenizer.ts';
import { decodeUtf8, encodeUtf8, requireWellFormed, Utf8Decoder } from './utf8.ts';

/** Of {@link BpeTokenizer}. */
export interface BpeOptions {
  /**
   * Puts a space before each text, so that its first word has the same ids as elsewhere; decoding removes it. Default
   * false.
   */
  readonly addPrefixSpace?: boolean;
}

/** BPE-dropout: skips each merge with probability `rate`, as regularisation. Source: Provilkov et al. 2020. */
export interface BpeDropout {
  /** In [0, 1). */
  readonly rate: number;
  readonly random: RandomSource;
}

const CACHE_SIZE = 50_000; // pretokens; a translation corpus has fewer

/**
 * Byte-level byte-pair encoding. Encodes any string without loss: what no merge covers is encoded as
 * bytes, so nothing is unknown.
 *
 * Special tokens are never made from text: `encode('</s>')` returns the ids of four characters. This is the only difference
 * from Hugging Face's tokenizers with the same file.
 */
export class BpeTokenizer implements Tokenizer {
  /** V: ids are 0 … size − 1. */
  readonly size: number;
  readonly #model: BpeModel;
  readonly #addPrefixSpace: boolean;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #bytes: readonly Uint8Array[]; //       by id; empty for a special token
  readonly #byteIds: Int32Array; //                [256]
  readonly #ranks = new Map<number, number>(); //  left · V + right to the rank of the merge
  readonly #joined: Int32Array; //                 rank to the id of the merged token
  readonly #cache = new Map<string, readonly number[]>();

  /** Trains a vocabulary on texts. See `trainBpe`. */
  static train(
    texts: Iterable<string>,
    { addPrefixSpace = false, ...options }: BpeTrainingOptions & BpeOptions,
  ): BpeTokenizer {
    return new BpeTokenizer(trainBpe(addPrefixSpace ? withSpaces(texts) : texts, options), { addPrefixSpace });
  }

  /**
   * Reads a Hugging Face `tokenizer.json` with a byte-level BPE model.
   * @throws DataError when it describes another kind of tokenizer, or has settings that would give other ids
   */
  static fromJson(json: unknown): BpeTokenizer {
    const { addPrefixSpace, ...model } = readBpe(json);
    return new BpeTokenizer(model, { addPrefixSpace });
  }

  /** @throws DataError when a byte has no token, or the result of a merge is not one */
  constructor(model: BpeModel, { addPrefixSpace = false }: BpeOptions = {}) {
    const { tokens, merges, specialTokens } = model;
    this.#model = model;
    this.#addPrefixSpace = addPrefixSpace;
    this.size = tokens.length;
    this.#ids = new Map(tokens.map((token, id) => [token, id]));
    this.#bytes = tokens.map((token) => {
      const bytes = specialTokens.includes(token) ? new Uint8Array(0) : tokenBytes(token);
      if (bytes === undefined)
        throw new DataError(`BpeTokenizer: tokens must consist of byte characters, got ${JSON.stringify(token)}`);
      return bytes;
    });
    this.#byteIds = Int32Array.from(BYTE_CHARACTERS, (character, byte) => {
      const id = this.#ids.get(character);
      if (id === undefined)
        throw new DataError(
          `BpeTokenizer: tokens must include all 256 bytes, got none for ${byte}, written ${character}`,
        );
      return id;
    });
    this.#joined = Int32Array.from(merges, ([left, right], rank) => {
      const id = this.#ids.get(`${tokens[left]}${tokens[right]}`);
      if (id === undefined)
        throw new DataError(
          `BpeTokenizer: merge ${rank} must concatenate two tokens to a third, got ${tokens[left]} and ${tokens[right]}`,
        );
      this.#ranks.set(left * this.size + right, rank);
      return id;
    });
  }

  /** By id, in byte characters. */
  get tokens(): readonly string[] {
    return this.#model.tokens;
  }

  /** Names of the tokens that are never made from text, in the order of their ids, from 0. */
  get specialTokens(): readonly string[] {
    return this.#model.specialTokens;
  }

  /** @throws DataError when there is no such token */
  idOf(token: string): number {
    const id = this.#ids.get(token);
    if (id === undefined)
      throw new DataError(`BpeTokenizer.idOf: token must be in the vocabulary, got ${JSON.stringify(token)}`);
    return id;
  }

  /** Returns the text of one token: the name of a special token, U+FFFD for a part of a character. */
  textOf(id: number): string {
    const bytes = this.#bytesOf(id);
    return bytes.length === 0 ? (this.#model.tokens[id] as string) : decodeUtf8(bytes);
  }

  /** @throws DataError when `text` holds a lone surrogate, with its position */
  encode(text: string, dropout?: BpeDropout): Int32Array<ArrayBuffer> {
    requireWellFormed('BpeTokenizer.encode', text);
    const ids: number[] = [];
    for (const pretoken of preTokenize(this.#addPrefixSpace ? withSpace(text) : text, this.#model.preTokenizer))
      for (const id of dropout ? this.#merge(pretoken, dropout) : this.#cached(pretoken)) ids.push(id);
    return Int32Array.from(ids);
  }

  /** Returns the text of ids, without special tokens. @throws DataError for an id out of range */
  decode(ids: Iterable<number>): string {
    const utf8 = new Utf8Decoder();
    let text = '';
    for (const id of ids) text += utf8.push(this.#bytesOf(id));
    text += utf8.end();
    return this.#addPrefixSpace && text.startsWith(' ') ? text.slice(1) : text;
  }

  /** Returns what Hugging Face's libraries read as `tokenizer.json`. */
  toJSON(): object {
    return writeBpe({ ...this.#model, addPrefixSpace: this.#addPrefixSpace });
  }

  #bytesOf(id: number): Uint8Array {
    const bytes = this.#bytes[id];
    if (bytes === undefined)
      throw new DataError(`BpeTokenizer: ids must be integers in [0, ${this.size}), got ${id}`);
    return bytes;
  }

  #cached(pretoken: string): readonly number[] {
    let ids = this.#cache.get(pretoken);
    if (!ids) {
      if (this.#cache.size >= CACHE_SIZE) this.#cache.clear();
      this.#cache.set(pretoken, (ids = this.#merge(pretoken)));
    }
    return ids;
  }

  /**
   * Merges the bytes of a pretoken: always the pair whose merge was learned first, and of equal pairs the leftmost.
   *
   * The tokens are a linked list, and a heap holds the possible merges as rank · N + position, so that N bytes take
   * O(N log N) time.
   */
  #merge(pretoken: string, dropout?: BpeDropout): number[] {
    const parts = Int32Array.from(
      encodeUtf8('BpeTokenizer.encode', pretoken),
      (byte) => this.#byteIds[byte] as number,
    );
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
      if (parts[at] === GONE || rankAt(at) !== rank) continue; // merged with another token since
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
      // A merge skipped this time may be drawn again after the next merge.
      for (const candidate of skipped) candidates.push(candidate);
      skipped = [];
    }
    return Array.from(parts.filter((id) => id !== GONE));
  }
}

const GONE = -1;

const withSpace = (text: string): string => (text === '' ? text : ` ${text}`);

function* withSpaces(texts: Iterable<string>): Generator<string> {
  for (const text of texts) yield withSpace(text);
}

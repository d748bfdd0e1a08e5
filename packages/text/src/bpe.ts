import { type BpeModel, type BpeTrainingOptions, trainBpe } from './bpe-training.ts';
import { pieces, spell, unspell } from './byte-level.ts';
import { DataError } from './data-error.ts';
import { MaxHeap } from './max-heap.ts';
import type { RandomSource } from './random.ts';

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

/** A tokenizer as Hugging Face's `tokenizer.json` holds one; the parts that are used. */
export interface TokenizerJson {
  readonly added_tokens: readonly { readonly id: number; readonly content: string; readonly special: boolean }[];
  readonly normalizer: { readonly type: string; readonly prepend?: string } | null;
  readonly model: {
    readonly type: string;
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (string | readonly [string, string])[];
    readonly [option: string]: unknown;
  };
  readonly [part: string]: unknown;
}

const CACHE_SIZE = 50_000; // pieces; a translation corpus has fewer

/**
 * Byte-level byte-pair encoding. Every string has ids, and they give back exactly that string: what no merge covers is
 * spelt in bytes, so nothing is unknown. Special tokens are never made from text.
 */
export class BpeTokenizer {
  readonly specials: readonly string[];
  readonly #tokens: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #merges: readonly (readonly [string, string])[];
  /** left id → right id → rank and result */
  readonly #joins = new Map<number, Map<number, Join>>();
  readonly #leadingBlank: boolean;
  readonly #cache = new Map<string, readonly number[]>();

  /** Learns a vocabulary from texts. See {@link trainBpe}. */
  static train(
    texts: Iterable<string>,
    { leadingBlank = false, ...options }: BpeTrainingOptions & BpeOptions,
  ): BpeTokenizer {
    const prepare = leadingBlank ? withBlank : undefined;
    return new BpeTokenizer(trainBpe(texts, { ...options, ...(prepare && { prepare }) }), { leadingBlank });
  }

  /**
   * Reads a Hugging Face `tokenizer.json` with a byte-level BPE model.
   * @throws DataError when it holds another kind of tokenizer
   */
  static fromJson(json: unknown): BpeTokenizer {
    const { model, added_tokens: added, normalizer } = requireBpe(json);
    const tokens: string[] = [];
    for (const [token, id] of Object.entries(model.vocab)) tokens[id] = token;
    for (const { content, id } of added) tokens[id] = content;
    const merges = model.merges.map((merge) => (typeof merge === 'string' ? splitMerge(merge) : merge));
    const specials = added.filter(({ special }) => special).map(({ content }) => content);
    return new BpeTokenizer({ tokens, merges, specials }, { leadingBlank: normalizer?.type === 'Prepend' });
  }

  constructor({ tokens, merges, specials }: BpeModel, { leadingBlank = false }: BpeOptions = {}) {
    this.specials = specials;
    this.#tokens = tokens;
    this.#merges = merges;
    this.#leadingBlank = leadingBlank;
    this.#ids = new Map(tokens.map((token, id) => [token, id]));
    for (const [rank, [left, right]] of merges.entries()) {
      const [a, b, id] = [left, right, left + right].map((token) => this.#ids.get(token));
      if (a === undefined || b === undefined || id === undefined)
        throw new DataError(`BpeTokenizer: merge ${rank} must join known tokens, got ${left} and ${right}`);
      let row = this.#joins.get(a);
      if (!row) this.#joins.set(a, (row = new Map()));
      if (!row.has(b)) row.set(b, { rank, id });
    }
  }

  /** V: ids are 0 … size − 1. */
  get size(): number {
    return this.#tokens.length;
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
    const token = this.#token(id);
    return this.specials.includes(token) ? token : unspell(token);
  }

  /** @throws DataError when `text` holds a lone surrogate */
  encode(text: string, dropout?: BpeDropout): Int32Array<ArrayBuffer> {
    const ids: number[] = [];
    for (const piece of pieces('BpeTokenizer.encode', this.#leadingBlank ? withBlank(text) : text))
      for (const id of dropout ? this.#join(piece, dropout) : this.#cached(piece)) ids.push(id);
    return Int32Array.from(ids);
  }

  /** The text of ids; special tokens give nothing. @throws DataError for an id out of range */
  decode(ids: Iterable<number>): string {
    let spelt = '';
    for (const id of ids) {
      const token = this.#token(id);
      if (!this.specials.includes(token)) spelt += token;
    }
    const text = unspell(spelt);
    return this.#leadingBlank && text.startsWith(' ') ? text.slice(1) : text;
  }

  /** What Hugging Face's libraries read as `tokenizer.json`. */
  toJSON(): TokenizerJson {
    const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
    return {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: this.specials.map((content) => ({
        id: this.idOf(content),
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      })),
      normalizer: this.#leadingBlank ? { type: 'Prepend', prepend: ' ' } : null,
      pre_tokenizer: byteLevel,
      post_processor: null,
      decoder: this.#leadingBlank
        ? { type: 'Sequence', decoders: [byteLevel, { type: 'Strip', content: ' ', start: 1, stop: 0 }] }
        : byteLevel,
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(this.#tokens.map((token, id) => [token, id])),
        merges: this.#merges,
      },
    };
  }

  #token(id: number): string {
    const token = this.#tokens[id];
    if (token === undefined)
      throw new DataError(`BpeTokenizer: ids must be integers in [0, ${this.size}), got ${id}`);
    return token;
  }

  #cached(piece: string): readonly number[] {
    let ids = this.#cache.get(piece);
    if (!ids) {
      if (this.#cache.size >= CACHE_SIZE) this.#cache.clear();
      this.#cache.set(piece, (ids = this.#join(piece)));
    }
    return ids;
  }

  /** Joins the bytes of a piece, always the neighbours whose merge was learnt first, and of those the leftmost. */
  #join(piece: string, dropout?: BpeDropout): readonly number[] {
    const parts = Array.from(spell(piece), (character): number => this.#ids.get(character) as number);
    const next = Int32Array.from(parts, (_, k) => k + 1);
    const previous = Int32Array.from(parts, (_, k) => k - 1);
    const queue = new MaxHeap<Candidate>((a, b) => b.rank - a.rank || b.at - a.at);
    const consider = (at: number): void => {
      const after = next[at] as number;
      const [left, right] = [parts[at], parts[after]];
      if (left === undefined || right === undefined) return;
      const join = this.#joins.get(left)?.get(right);
      if (join) queue.push({ ...join, at, left, right });
    };
    for (let at = 0; at + 1 < parts.length; at++) consider(at);
    let skipped: Candidate[] = [];
    for (let best = queue.pop(); best; best = queue.pop()) {
      const after = next[best.at] as number;
      if (parts[best.at] !== best.left || parts[after] !== best.right) continue; // joined with another meanwhile
      if (dropout && dropout.random.uint32() < dropout.rate * 2 ** 32) {
        skipped.push(best);
        continue;
      }
      parts[best.at] = best.id;
      parts[after] = GONE;
      const beyond = next[after] as number;
      next[best.at] = beyond;
      if (beyond < parts.length) previous[beyond] = best.at;
      consider(best.at);
      if ((previous[best.at] as number) >= 0) consider(previous[best.at] as number);
      // What was left out this time may be drawn again at the next merge.
      for (const candidate of skipped) queue.push(candidate);
      skipped = [];
    }
    return parts.filter((id) => id !== GONE);
  }
}

interface Join {
  readonly rank: number;
  readonly id: number;
}

interface Candidate extends Join {
  readonly at: number;
  readonly left: number;
  readonly right: number;
}

const GONE = -1;

const withBlank = (text: string): string => (text === '' ? text : ` ${text}`);

function splitMerge(merge: string): readonly [string, string] {
  const [left = '', right = ''] = merge.split(' ');
  return [left, right];
}

function requireBpe(json: unknown): TokenizerJson {
  const {
    model,
    added_tokens: added,
    pre_tokenizer: split,
  } = (json ?? {}) as Partial<TokenizerJson> & {
    pre_tokenizer?: { type?: string };
  };
  if (
    model?.type !== 'BPE' ||
    split?.type !== 'ByteLevel' ||
    !Array.isArray(added) ||
    typeof model.vocab !== 'object'
  )
    throw new DataError(
      `BpeTokenizer.fromJson: a tokenizer.json must hold a BPE model with a ByteLevel pre-tokenizer, got model ${model?.type} with ${split?.type}`,
    );
  return json as TokenizerJson;
}

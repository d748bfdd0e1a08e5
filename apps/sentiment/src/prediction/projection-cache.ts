import { type Backend, type Ptr, Tape, Tensor } from '@unroll/rnn-core';
import type { SentimentModel } from '../model/sentiment-model.ts';
import { copyString } from '../tokenizer/copy-string.ts';
import type { EncodedTokens } from '../tokenizer/encoded-text.ts';
import { tokenBatch } from '../tokenizer/token-batch.ts';

const MAX_BYTES = 64 * 2 ** 20; // since a stream of texts never runs out of new words

/**
 * Caches the part of the networks that does not depend on a token's neighbours, for weights that no longer change:
 * embeddings of the word and its character n-grams, hand-crafted features, and their input projection in the lowest layer
 * are computed the first time a token occurs, and looked up from then on. `using` frees its memory.
 */
export class ProjectionCache implements Disposable {
  readonly #model: SentimentModel;
  readonly backend: Backend;
  readonly #maxBytes: number;
  readonly #plain = new Map<string, number>(); //    rows by word, when all features are 0, as for most
  readonly #featured = new Map<string, number>(); // rows by word and features
  #tables: Table[][] = []; // of each network

  /** @param maxBytes size at which the cache is emptied; a single batch may need more */
  constructor(model: SentimentModel, backend: Backend, maxBytes = MAX_BYTES) {
    this.#model = model;
    this.backend = backend;
    this.#maxBytes = maxBytes;
  }

  /** Returns the table rows of each text's tokens, [T] each, valid until the next call. */
  rowsOf(texts: readonly EncodedTokens[]): Int32Array[] {
    const tokens = texts.reduce((sum, { ids }) => sum + ids.length, 0);
    const rowBytes = this.#tables.flat().reduce((sum, { bytes }) => sum + bytes, 0);
    if ((this.#size + tokens) * rowBytes > this.#maxBytes)
      for (const rows of [this.#plain, this.#featured]) rows.clear();
    const first = this.#size;
    const [ids, words, features]: [number[], string[], number[]] = [[], [], []]; // of new tokens
    const rows = texts.map((text) => {
      const F = text.features.length / text.ids.length;
      return text.ids.map((id, t) => {
        const word = text.words[t] as string;
        let [rows, key] = [this.#plain, word];
        for (let f = t * F; f < (t + 1) * F; f++) if (text.features[f] !== 0) rows = this.#featured;
        if (rows === this.#featured) for (let f = t * F; f < (t + 1) * F; f++) key += ` ${text.features[f]}`;
        const row = rows.get(key);
        if (row !== undefined) return row;
        ids.push(id);
        words.push(word);
        features.push(...text.features.subarray(t * F, (t + 1) * F));
        rows.set(copyString(key), this.#size);
        return this.#size - 1;
      });
    });
    if (ids.length > 0) this.#add({ ids: Int32Array.from(ids), words, features: Float32Array.from(features) }, first);
    return rows;
  }

  get #size(): number {
    return this.#plain.size + this.#featured.size;
  }

  /** Returns the tables of a network: [rows, N] each, one for each direction. */
  projections(member: number): Tensor[] {
    return (this.#tables[member] as Table[]).map((table) => table.tensor());
  }

  [Symbol.dispose](): void {
    for (const table of this.#tables.flat()) table[Symbol.dispose]();
  }

  /** @param tokens those without a row, as one text */
  #add(tokens: EncodedTokens, first: number): void {
    using tape = new Tape(this.backend, { record: false });
    const { T, B, ngrams, ...batch } = tokenBatch([tokens], this.#model.config.charNgramBuckets);
    const ids = tape.ids(batch.ids, [T, B]);
    const features = tape.constant(batch.features, [T, B, this.#model.config.tokenFeatures]);
    const projected = this.#model.members.map((member) => member.project(member.embed(ids, ngrams), features));
    if (this.#tables.length === 0)
      this.#tables = projected.map((all) => all.map(({ shape }) => new Table(this.backend, shape.at(-1) as number)));
    for (const [k, tables] of this.#tables.entries())
      for (const [d, table] of tables.entries()) table.write(first, projected[k]?.[d] as Tensor);
  }
}

/** A growing table of rows that outlive the tape. */
class Table implements Disposable {
  readonly #backend: Backend;
  readonly #size: number; // N, the elements of a row
  #capacity = 0; // rows
  #ptr: Ptr | undefined;

  constructor(backend: Backend, size: number) {
    this.#backend = backend;
    this.#size = size;
  }

  /** The bytes of a row. */
  get bytes(): number {
    return this.#size * this.#backend.heap.realBytes;
  }

  /** @param from the first row to overwrite; earlier rows are kept */
  write(from: number, rows: Tensor): void {
    const { heap, kernels } = this.#backend;
    const needed = from + rows.size / this.#size;
    if (this.#ptr === undefined || needed > this.#capacity) {
      this.#capacity = Math.max(needed, 2 * this.#capacity);
      const ptr = heap.allocate(this.#capacity * this.bytes);
      if (this.#ptr !== undefined) {
        kernels.scale(ptr, this.#ptr, 1, from * this.#size, 0);
        heap.free(this.#ptr);
      }
      this.#ptr = ptr;
    }
    kernels.scale(this.#ptr + from * this.bytes, rows.ptr, 1, rows.size, 0);
  }

  /** Valid until the next row is written. */
  tensor(): Tensor {
    const size = this.#capacity * this.#size;
    const backend = this.#backend;
    const storage = {
      backend,
      name: 'projections',
      size,
      ptr: this.#ptr ?? 0,
      needsGrad: false,
      gradient: 0,
      flowed: false,
    };
    return new Tensor(storage, [this.#capacity, this.#size]);
  }

  [Symbol.dispose](): void {
    if (this.#ptr !== undefined) this.#backend.heap.free(this.#ptr);
    this.#ptr = undefined;
  }
}

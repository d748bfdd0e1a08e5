import { type Backend, type Ptr, Tape, Tensor } from '@unroll/rnn-core';
import type { SentimentModel } from '../model/sentiment-model.ts';
import type { TokenText } from '../tokenizer/encoded-text.ts';
import { ownCopy } from '../tokenizer/own-copy.ts';
import { tokenBatch } from '../tokenizer/token-batch.ts';

const REMEMBERED = 64 * 2 ** 20; // bytes; a stream of texts has no end of new words

/**
 * What the networks read of each token before they see what stands around it, for weights that change no more: vectors of
 * words and of their parts, signals, and the lowest layer's product with these are worked out when a token is first met,
 * and looked up from then on. Its memory is given back at the end of `using`.
 */
export class Readings implements Disposable {
  readonly #model: SentimentModel;
  readonly backend: Backend;
  readonly #most: number;
  readonly #plain = new Map<string, number>(); //     by word, where all signals are 0, as most are
  readonly #signalled = new Map<string, number>(); // by word and signals
  #tables: Table[][] = []; // of each member

  /** @param most bytes to remember before it begins anew; one batch may take more */
  constructor(model: SentimentModel, backend: Backend, most = REMEMBERED) {
    this.#model = model;
    this.backend = backend;
    this.#most = most;
  }

  /** Where in the tables each text's tokens stand, until the next call: [T] a text. */
  rowsOf(texts: readonly TokenText[]): Int32Array[] {
    const tokens = texts.reduce((sum, { ids }) => sum + ids.length, 0);
    const rowBytes = this.#tables.flat().reduce((sum, { bytes }) => sum + bytes, 0);
    if ((this.#size + tokens) * rowBytes > this.#most)
      for (const rows of [this.#plain, this.#signalled]) rows.clear();
    const first = this.#size;
    const [ids, words, signals]: [number[], string[], number[]] = [[], [], []]; // of those met for the first time
    const rows = texts.map((text) => {
      const S = text.signals.length / text.ids.length;
      return text.ids.map((id, t) => {
        const word = text.words[t] as string;
        let [rows, key] = [this.#plain, word];
        for (let s = t * S; s < (t + 1) * S; s++) if (text.signals[s] !== 0) rows = this.#signalled;
        if (rows === this.#signalled) for (let s = t * S; s < (t + 1) * S; s++) key += ` ${text.signals[s]}`;
        const row = rows.get(key);
        if (row !== undefined) return row;
        ids.push(id);
        words.push(word);
        signals.push(...text.signals.subarray(t * S, (t + 1) * S));
        rows.set(ownCopy(key), this.#size);
        return this.#size - 1;
      });
    });
    if (ids.length > 0) this.#add({ ids: Int32Array.from(ids), words, signals: Float32Array.from(signals) }, first);
    return rows;
  }

  get #size(): number {
    return this.#plain.size + this.#signalled.size;
  }

  /** What a member reads: [rows, N], one or several. */
  of(member: number): Tensor[] {
    return (this.#tables[member] as Table[]).map((table) => table.tensor());
  }

  [Symbol.dispose](): void {
    for (const table of this.#tables.flat()) table[Symbol.dispose]();
  }

  /** @param tokens what stands in no row yet, as if it were a text */
  #add(tokens: TokenText, first: number): void {
    using tape = new Tape(this.backend, { record: false });
    const { T, B, parts, ...batch } = tokenBatch([tokens], this.#model.shape.buckets);
    const ids = tape.ids(batch.ids, [T, B]);
    const signals = tape.constant(batch.signals, [T, B, this.#model.shape.signals]);
    const read = this.#model.members.map((member) => member.readings(member.embed(ids, parts), signals));
    if (this.#tables.length === 0)
      this.#tables = read.map((all) => all.map(({ shape }) => new Table(this.backend, shape.at(-1) as number)));
    for (const [k, tables] of this.#tables.entries())
      for (const [d, table] of tables.entries()) table.write(first, read[k]?.[d] as Tensor);
  }
}

/** Rows of numbers that outlive every step, as many as are written. */
class Table implements Disposable {
  readonly #backend: Backend;
  readonly #size: number; // N, the numbers of a row
  #capacity = 0; // rows
  #ptr: Ptr | undefined;

  constructor(backend: Backend, size: number) {
    this.#backend = backend;
    this.#size = size;
  }

  /** Of a row. */
  get bytes(): number {
    return this.#size * this.#backend.heap.realBytes;
  }

  /** @param from the first row to be overwritten; those before it stay */
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
      name: 'readings',
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

import { DataError } from '@unroll/rnn-core';
import type { Example } from './example.ts';

/** The classes, in a fixed order: numbers by their value, names by the alphabet, the usual ones from bad to good. */
export class LabelSet {
  readonly names: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;

  /** @throws DataError when the examples are all of one class */
  static of(examples: readonly Example[], where: string): LabelSet {
    const names = [...new Set(examples.map(({ label }) => label))];
    if (names.length < 2)
      throw new DataError(
        `${where}: must hold at least two classes, got only ${names[0] ?? 'none'}; there is nothing to tell apart`,
      );
    return new LabelSet(names.sort(inOrder));
  }

  constructor(names: readonly string[]) {
    this.names = names;
    this.#numbers = new Map(names.map((name, number) => [name, number]));
  }

  get size(): number {
    return this.names.length;
  }

  /** @throws DataError naming the line when the class is not one the model knows */
  numberOf({ label, where }: Example): number {
    const number = this.#numbers.get(label);
    if (number === undefined)
      throw new DataError(
        `${where}: label must be one of ${this.names.join(', ')}, got ${label === '' ? 'an empty one' : label}`,
      );
    return number;
  }

  numbersOf(examples: readonly Example[]): Int32Array {
    return Int32Array.from(examples, (example) => this.numberOf(example));
  }
}

const USUAL = ['very negative', 'negative', 'neg', 'neutral', 'mixed', 'positive', 'pos', 'very positive'];

function inOrder(a: string, b: string): number {
  const [x, y] = [USUAL.indexOf(a.toLowerCase()), USUAL.indexOf(b.toLowerCase())];
  if (x >= 0 && y >= 0) return x - y;
  const isNumeric = a.trim() !== '' && b.trim() !== '' && Number.isFinite(Number(a)) && Number.isFinite(Number(b));
  return isNumeric ? Number(a) - Number(b) : a < b ? -1 : 1;
}

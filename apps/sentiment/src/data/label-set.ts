import { DataError } from '@unroll/rnn-core';
import type { Example } from './example.ts';

/** The classes in a fixed order: known names from negative to positive, numbers by value, other names alphabetically. */
export class LabelSet {
  readonly names: readonly string[];
  readonly #indices: ReadonlyMap<string, number>;

  /** @throws DataError when all examples have the same label */
  static of(examples: readonly Example[], where: string): LabelSet {
    const names = [...new Set(examples.map(({ label }) => label))];
    if (names.length < 2)
      throw new DataError(
        `${where}: labels must be of at least two classes, got ${names[0] === undefined ? 'none' : `only ${names[0]}`}; add texts of another class`,
      );
    return new LabelSet(names.sort(compareNames));
  }

  constructor(names: readonly string[]) {
    this.names = names;
    this.#indices = new Map(names.map((name, index) => [name, index]));
  }

  /** C, the number of classes. */
  get size(): number {
    return this.names.length;
  }

  /** @throws DataError with the line when the label is not one of the classes */
  indexOf({ label, where }: Example): number {
    const index = this.#indices.get(label);
    if (index === undefined)
      throw new DataError(
        `${where}: label must be one of ${some(this.names)}, got ${label || 'an empty one'}; the training texts must have texts of every class`,
      );
    return index;
  }

  /** The class of each example, [N]. */
  indicesOf(examples: readonly Example[]): Int32Array {
    return Int32Array.from(examples, (example) => this.indexOf(example));
  }
}

const ORDERED = ['very negative', 'negative', 'neg', 'neutral', 'mixed', 'positive', 'pos', 'very positive'];

function compareNames(a: string, b: string): number {
  const [x, y] = [ORDERED.indexOf(a.toLowerCase()), ORDERED.indexOf(b.toLowerCase())];
  if (x >= 0 && y >= 0) return x - y;
  const difference = numberOf(a) - numberOf(b);
  return Number.isFinite(difference) ? difference : a < b ? -1 : 1;
}

/** A number as a person writes it, with a decimal point or comma; NaN for other names. */
const numberOf = (name: string): number => (name === '' ? Number.NaN : Number(name.replace(',', '.')));

const SHOWN = 10;

/** The first few of many names. */
export const some = (names: readonly string[]): string =>
  names.length <= SHOWN ? names.join(', ') : `${names.slice(0, SHOWN).join(', ')} … (${names.length} in all)`;

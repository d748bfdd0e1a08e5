import { DataError } from './data-error.ts';

/** How well one class is told from the others. A ratio with nothing in its denominator is 0. */
export interface ClassScore {
  /** Of what was predicted to be this class, the share that is. */
  readonly precision: number;
  /** Of what is this class, the share that was predicted to be. */
  readonly recall: number;
  /** Their harmonic mean. */
  readonly f1: number;
  /** How many examples are of this class. */
  readonly support: number;
}

/** Counts of actual against predicted classes, and what follows from them. Source: sklearn.metrics, whose values these are. */
export class ConfusionMatrix {
  /** Number of classes. */
  readonly C: number;
  readonly #counts: Float64Array; // [C actual, C predicted]

  constructor(C: number) {
    this.C = C;
    this.#counts = new Float64Array(C * C);
  }

  /** @throws DataError when the lists differ in length or hold a class that is none of 0 … C − 1 */
  static from(C: number, actual: ArrayLike<number>, predicted: ArrayLike<number>): ConfusionMatrix {
    if (actual.length !== predicted.length)
      throw new DataError(
        `ConfusionMatrix.from: actual and predicted must be equally long, got ${actual.length} and ${predicted.length}`,
      );
    const matrix = new ConfusionMatrix(C);
    for (let n = 0; n < actual.length; n++) matrix.add(actual[n] as number, predicted[n] as number);
    return matrix;
  }

  /** @throws DataError for a class that is none of 0 … C − 1 */
  add(actual: number, predicted: number): void {
    for (const given of [actual, predicted])
      if (!(Number.isInteger(given) && given >= 0 && given < this.C))
        throw new DataError(`ConfusionMatrix.add: a class must be an integer in [0, ${this.C}), got ${given}`);
    const cell = actual * this.C + predicted;
    this.#counts[cell] = (this.#counts[cell] as number) + 1;
  }

  count(actual: number, predicted: number): number {
    return this.#counts[actual * this.C + predicted] as number;
  }

  /** Row for row the counts of an actual class, column for column of a predicted one. */
  rows(): number[][] {
    return Array.from({ length: this.C }, (_, c) => Array.from(this.#counts.subarray(c * this.C, (c + 1) * this.C)));
  }

  get examples(): number {
    return this.#counts.reduce((a, b) => a + b);
  }

  get correct(): number {
    return this.classes().reduce((sum, c) => sum + this.count(c, c), 0);
  }

  /** The share classified correctly; of single-label classes also the micro-averaged F1. NaN for no examples. */
  get accuracy(): number {
    return this.correct / this.examples;
  }

  get microF1(): number {
    return this.accuracy;
  }

  /** The mean F1 of all classes that occur, however rare: of those that are actual or predicted anywhere. */
  get macroF1(): number {
    const occurring = this.classes().filter((c) => this.#actual(c) + this.#predicted(c) > 0);
    return occurring.reduce((sum, c) => sum + this.score(c).f1, 0) / occurring.length;
  }

  score(c: number): ClassScore {
    const hits = this.count(c, c);
    const [support, predicted] = [this.#actual(c), this.#predicted(c)];
    return {
      precision: ratio(hits, predicted),
      recall: ratio(hits, support),
      f1: ratio(2 * hits, support + predicted),
      support,
    };
  }

  /**
   * Matthews' correlation of the actual with the predicted class, −1 … 1; 0 where either never varies.
   *
   *     (c·s − Σₖ pₖ·tₖ) / √( (s² − Σ pₖ²)(s² − Σ tₖ²) )
   *
   * c correct of s examples, pₖ predicted as and tₖ actually of class k. Source: Gorodkin 2004.
   */
  get matthews(): number {
    const s = this.examples;
    let [both, predicted, actual] = [0, 0, 0];
    for (const k of this.classes()) {
      both += this.#predicted(k) * this.#actual(k);
      predicted += this.#predicted(k) ** 2;
      actual += this.#actual(k) ** 2;
    }
    return ratio(this.correct * s - both, Math.sqrt((s ** 2 - predicted) * (s ** 2 - actual)));
  }

  classes(): number[] {
    return Array.from({ length: this.C }, (_, c) => c);
  }

  #actual(c: number): number {
    return this.classes().reduce((sum, other) => sum + this.count(c, other), 0);
  }

  #predicted(c: number): number {
    return this.classes().reduce((sum, other) => sum + this.count(other, c), 0);
  }
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

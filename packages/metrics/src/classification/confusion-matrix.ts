import { DataError } from '../data-error.ts';

/** Precision, recall and F1 of one class, each in [0, 1], higher is better; 0 where the denominator is 0. */
export interface ClassScore {
  /** Fraction of the examples predicted as this class that are of this class. */
  readonly precision: number;
  /** Fraction of the examples of this class that are predicted as this class. */
  readonly recall: number;
  /** Harmonic mean of precision and recall. */
  readonly f1: number;
  /** Number of examples of this class. */
  readonly support: number;
}

/** Confusion matrix and the metrics computed from it. Source: sklearn.metrics, with the same values. */
export class ConfusionMatrix {
  /** Number of classes. */
  readonly C: number;
  readonly #counts: Float64Array; // [C actual, C predicted]

  constructor(C: number) {
    this.C = C;
    this.#counts = new Float64Array(C * C);
  }

  /** @throws DataError when the lists differ in length or hold a class outside 0 … C − 1 */
  static from(C: number, actual: ArrayLike<number>, predicted: ArrayLike<number>): ConfusionMatrix {
    if (actual.length !== predicted.length)
      throw new DataError(
        `ConfusionMatrix.from: actual and predicted must be equally long, got ${actual.length} and ${predicted.length}`,
      );
    const matrix = new ConfusionMatrix(C);
    for (let n = 0; n < actual.length; n++) matrix.add(actual[n] as number, predicted[n] as number);
    return matrix;
  }

  /** Counts one example. @throws DataError for a class outside 0 … C − 1 */
  add(actual: number, predicted: number): void {
    for (const given of [actual, predicted])
      if (!(Number.isInteger(given) && given >= 0 && given < this.C))
        throw new DataError(`ConfusionMatrix.add: a class must be an integer in [0, ${this.C}), got ${given}`);
    const cell = actual * this.C + predicted;
    this.#counts[cell] = (this.#counts[cell] as number) + 1;
  }

  /** Number of examples of an actual class that were predicted as another. */
  count(actual: number, predicted: number): number {
    return this.#counts[actual * this.C + predicted] as number;
  }

  /** Returns the counts as [actual][predicted]. */
  rows(): number[][] {
    return Array.from({ length: this.C }, (_, c) => Array.from(this.#counts.subarray(c * this.C, (c + 1) * this.C)));
  }

  /** Number of all examples. */
  get examples(): number {
    return this.#counts.reduce((a, b) => a + b);
  }

  /** Number of examples whose prediction is their class. */
  get correct(): number {
    return this.classes().reduce((sum, c) => sum + this.count(c, c), 0);
  }

  /** Fraction classified correctly, in [0, 1]; NaN for no examples. */
  get accuracy(): number {
    return this.correct / this.examples;
  }

  /** Micro-averaged F1, which for single-label classification equals the accuracy. */
  get microF1(): number {
    return this.accuracy;
  }

  /** Macro-averaged F1: the unweighted mean over the classes that occur as actual or predicted. */
  get macroF1(): number {
    const occurring = this.classes().filter((c) => this.#actual(c) + this.#predicted(c) > 0);
    return occurring.reduce((sum, c) => sum + this.score(c).f1, 0) / occurring.length;
  }

  /** Precision, recall and F1 of class c against all others. */
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
   * Matthews correlation coefficient, in [−1, 1], higher is better; 0 where all actual or all predicted classes are equal.
   *
   *     (c·s − Σₖ pₖ·tₖ) / √( (s² − Σ pₖ²)(s² − Σ tₖ²) )
   *
   * c of s examples are correct, pₖ are predicted as class k, tₖ are of class k. Source: Gorodkin 2004.
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

  /** Indices of the classes, 0 … C − 1. */
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

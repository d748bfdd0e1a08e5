import { DataError } from '../data-error.ts';
import { argmax, expectedCalibrationError } from './calibration.ts';
import { type ClassScore, ConfusionMatrix } from './confusion-matrix.ts';
import { macroRocAuc } from './roc-auc.ts';

/** Metrics of a classifier on one set of examples; higher is better except for `calibrationError`. */
export interface ClassificationScore {
  readonly examples: number;
  readonly accuracy: number;
  readonly macroF1: number;
  readonly microF1: number;
  readonly matthews: number;
  /** Macro-averaged one-vs-rest; null when all examples are of one class. */
  readonly rocAuc: number | null;
  readonly calibrationError: number;
  readonly perClass: readonly ClassScore[];
  /** [actual][predicted] */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * Evaluates predicted probabilities; the most probable class is the prediction.
 *
 * @param actual [N] the class of each example, 0 … C − 1
 * @param probabilities [N, C]
 * @throws DataError when there is no example, or `probabilities` is not [N, C]
 */
export function classification(
  actual: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  C: number,
): ClassificationScore {
  const N = actual.length;
  if (N === 0 || probabilities.length !== N * C)
    throw new DataError(
      `classification: probabilities must be [N, C=${C}] for N ≥ 1 examples, ` +
        `got ${probabilities.length} for ${N} examples`,
    );
  const predicted = Array.from({ length: N }, (_, n) => argmax(probabilities, n * C, C));
  const matrix = ConfusionMatrix.from(C, actual, predicted);
  return {
    examples: N,
    accuracy: matrix.accuracy,
    macroF1: matrix.macroF1,
    microF1: matrix.microF1,
    matthews: matrix.matthews,
    rocAuc: macroRocAuc(actual, probabilities, C) ?? null,
    calibrationError: expectedCalibrationError(actual, probabilities, C),
    perClass: matrix.classes().map((c) => matrix.score(c)),
    confusion: matrix.rows(),
  };
}

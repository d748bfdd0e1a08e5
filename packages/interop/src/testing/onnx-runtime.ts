/** A tensor as onnxruntime-node and onnxruntime-web have it. */
export interface RuntimeTensor {
  readonly data: Float32Array | Int32Array;
  readonly dims: readonly number[];
}

/** A loaded model of onnxruntime. */
export interface RuntimeSession {
  readonly inputNames: readonly string[];
  /** Computes the outputs, by name. */
  run(feeds: Readonly<Record<string, RuntimeTensor>>): Promise<Record<string, RuntimeTensor>>;
}

/** What both packages, onnxruntime-node and onnxruntime-web, have. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    /** Loads a model file. */
    create(model: Uint8Array): Promise<RuntimeSession>;
  };
  readonly Tensor: new (
    type: 'float32' | 'int32',
    data: Float32Array | Int32Array,
    dims: readonly number[],
  ) => RuntimeTensor;
}

/**
 * The largest difference of log-probabilities: absolute within ±1, else relative to the second, since float32 holds 7 digits
 * of the −30 of what never occurs. A tolerance is meant for it.
 */
export class LargestDifference {
  value = 0;

  /**
   * Adds rows of both programs; compares their log-probabilities.
   *
   * @param logits [rows · size] of one program
   * @param other of another: logits, too
   */
  add(logits: ArrayLike<number>, other: ArrayLike<number>, size: number): void {
    for (let from = 0; from < logits.length; from += size) {
      const [a, b] = [logProbabilities(logits, from, size), logProbabilities(other, from, size)];
      for (const [k, x] of a.entries()) {
        const y = b[k] as number;
        const difference = Math.abs(x - y) / Math.max(1, Math.abs(y));
        this.value = Math.max(this.value, difference); // NaN, too
      }
    }
  }
}

/** Log-softmax of the numbers from `from`. */
function logProbabilities(logits: ArrayLike<number>, from: number, size: number): Float64Array {
  const row = Float64Array.from({ length: size }, (_, k) => logits[from + k] as number);
  const highest = Math.max(...row);
  const logSum = highest + Math.log(row.reduce((sum, x) => sum + Math.exp(x - highest), 0));
  return row.map((x) => x - logSum);
}

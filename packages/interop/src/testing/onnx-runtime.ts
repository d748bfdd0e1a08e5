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

/** Of two probabilities, absolute. */
const TOLERANCE = 1e-4;

/** How far the predictions of two programs are apart, over all rows that were added. */
export class Agreement {
  /** The largest difference of two probabilities. */
  probability = 0;
  /** The largest difference of two natural log-probabilities, mostly of ids that hardly ever occur; it decides nothing. */
  logProbability = 0;
  /** All of it as a plain object. */
  toJSON(): { readonly probability: number; readonly logProbability: number; readonly isClose: boolean } {
    const { probability, logProbability, isClose } = this;
    return { probability, logProbability, isClose };
  }

  /** Whether all probabilities are within 1e-4. */
  get isClose(): boolean {
    return this.probability <= TOLERANCE;
  }

  /**
   * Adds rows of both programs.
   *
   * @param logits [rows · size] of one program
   * @param other of another: logits, too
   */
  add(logits: ArrayLike<number>, other: ArrayLike<number>, size: number): void {
    for (let from = 0; from < logits.length; from += size) {
      const [a, b] = [logProbabilities(logits, from, size), logProbabilities(other, from, size)];
      for (const [k, x] of a.entries()) {
        const y = b[k] as number;
        this.probability = Math.max(this.probability, Math.abs(Math.exp(x) - Math.exp(y))); // NaN, too
        this.logProbability = Math.max(this.logProbability, Math.abs(x - y));
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

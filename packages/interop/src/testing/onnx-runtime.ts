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

/** Absolute. */
const ATOL = 1e-4;

/** Of a log-probability; numpy.allclose's and torch.allclose's default. float32 sums of −30, of what never occurs, err by 1e-5 of it. */
const RTOL = 1e-5;

/** How far the predictions of two programs are apart, over all rows that were added. */
export class Agreement {
  /** The largest difference of two probabilities. */
  probability = 0;
  /** The largest difference of two natural log-probabilities. */
  logProbability = 0;
  /** Whether all log-probabilities are as close as numpy.allclose(a, b, rtol=1e-5, atol=1e-4) asks, and all probabilities within 1e-4. */
  isClose = true;

  /** All of it as a plain object. */
  toJSON(): { readonly probability: number; readonly logProbability: number; readonly isClose: boolean } {
    const { probability, logProbability, isClose } = this;
    return { probability, logProbability, isClose };
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
        const probability = Math.abs(Math.exp(x) - Math.exp(y));
        const logProbability = Math.abs(x - y);
        this.probability = Math.max(this.probability, probability); // NaN, too
        this.logProbability = Math.max(this.logProbability, logProbability);
        this.isClose &&= probability <= ATOL && logProbability <= ATOL + RTOL * Math.abs(y);
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

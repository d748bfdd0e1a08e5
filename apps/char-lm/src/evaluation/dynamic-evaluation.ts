import {
  ConfigError,
  carryState,
  crossEntropy,
  mean,
  type Parameters,
  Tape,
  yieldToEventLoop,
} from '@unroll/rnn-core';
import type { CharLmModel } from '../model/char-lm-model.ts';
import type { EvaluationOptions } from './likelihood.ts';

/** How far the weights follow the text; the letters are those of the rule of {@link DynamicEvaluation}. */
export interface DynamicEvaluationOptions {
  /** η: how far a segment moves the weights, in units of each weight's usual gradient. */
  readonly learningRate: number;
  /** λ: the fraction of the way back to the trained weights after each segment, for a weight of average gradient. */
  readonly decay: number;
  /** ε: keeps weights of small gradients, such as those of a rare character, from moving far. */
  readonly epsilon: number;
  /** Characters between updates. */
  readonly segment: number;
}

/** The learning rate is about the best of GRUs of 256 to 640 units; {@link DynamicEvaluation.tuned} finds that of a model. */
export const DYNAMIC_EVALUATION_DEFAULTS: DynamicEvaluationOptions = {
  learningRate: 0.0003,
  decay: 0.005,
  epsilon: 0.001,
  segment: 20,
};

const LEAST_RATE = 0.00003; // that `tuned` tries

/**
 * Dynamic evaluation: after each segment of the text has been scored, one step of gradient descent on it adapts the
 * weights to the text, while they are drawn back to the trained ones:
 *
 *     θ += λ·r·(θ_trained − θ) − η·g / (RMS + ε)      r = min(RMS / mean(RMS), 1/λ)
 *
 * where RMS is the root mean square of each weight's gradient over the training text. A character is always scored before
 * any update that has seen it, so its likelihood is one of a proper model.
 *
 * Source: Krause, Kahembwe, Murray & Renals 2018, "Dynamic evaluation of neural sequence models".
 */
export class DynamicEvaluation {
  readonly #model: CharLmModel;
  readonly #parameters: Parameters;
  readonly #options: DynamicEvaluationOptions;
  /** [P] the root mean square of each weight's gradient over the training text */
  readonly #rms: Float64Array;

  private constructor(
    model: CharLmModel,
    parameters: Parameters,
    rms: Float64Array,
    options: DynamicEvaluationOptions,
  ) {
    this.#model = model;
    this.#parameters = parameters;
    this.#rms = rms;
    this.#options = options;
  }

  /**
   * Measures the gradients of a trained model over its training text.
   *
   * @param train [N] ids of the training text
   * @throws ConfigError when an option is out of range or the text shorter than one segment
   */
  static async prepare(
    model: CharLmModel,
    parameters: Parameters,
    train: Int32Array,
    options: Partial<DynamicEvaluationOptions> = {},
  ): Promise<DynamicEvaluation> {
    const settings = { ...DYNAMIC_EVALUATION_DEFAULTS, ...options };
    const { learningRate, decay, epsilon, segment } = settings;
    if (!(learningRate >= 0 && Number.isFinite(learningRate)))
      throw new ConfigError(`DynamicEvaluation: learningRate must be a number of at least 0, got ${learningRate}`);
    if (!(decay >= 0 && decay <= 1))
      throw new ConfigError(`DynamicEvaluation: decay must be in [0, 1], got ${decay}`);
    if (!(epsilon > 0)) throw new ConfigError(`DynamicEvaluation: epsilon must be a number above 0, got ${epsilon}`);
    if (!(Number.isInteger(segment) && segment >= 1))
      throw new ConfigError(`DynamicEvaluation: segment must be an integer of at least 1, got ${segment}`);
    if (train.length <= segment)
      throw new ConfigError(
        `DynamicEvaluation: the training text must be longer than a segment of ${segment} characters, got ${train.length}`,
      );
    const sums = new Float64Array(parameters.size);
    let segments = 0;
    for (const from of starts(train.length - 1, segment)) {
      const text = train.subarray(from, Math.min(from + 1 + SEGMENTS_PER_SAMPLE * segment, train.length));
      await eachSegment(model, parameters, text, segment, ({ gradients }) => {
        segments++;
        for (let k = 0; k < sums.length; k++) sums[k] = (sums[k] as number) + (gradients[k] as number) ** 2;
      });
    }
    return new DynamicEvaluation(
      model,
      parameters,
      sums.map((sum) => Math.sqrt(sum / segments)),
      settings,
    );
  }

  /** η */
  get learningRate(): number {
    return this.#options.learningRate;
  }

  /**
   * The same with the learning rate that is best on a text: from a low one on, it is doubled as long as that lowers the loss. It depends on
   * the model, and one that is too high makes the loss worse than that of the trained weights.
   *
   * @param text [N] ids of validation text
   * @param onTried is told each learning rate and its loss, in nats per id
   */
  async tuned(
    text: Int32Array,
    { context }: Pick<EvaluationOptions, 'context'>,
    onTried?: (tried: { readonly learningRate: number; readonly loss: number }) => void,
  ): Promise<DynamicEvaluation> {
    let best: DynamicEvaluation | undefined;
    for (let [rate, lowest] = [LEAST_RATE, Number.POSITIVE_INFINITY]; ; rate *= 2) {
      const tried = this.#withLearningRate(rate);
      const nats = await tried.negativeLogLikelihoods(text, { context });
      const loss = nats.reduce((sum, x) => sum + x, 0) / nats.length;
      onTried?.({ learningRate: rate, loss });
      if (best && !(loss < lowest)) return best;
      [best, lowest] = [tried, loss];
    }
  }

  #withLearningRate(learningRate: number): DynamicEvaluation {
    const options = { ...this.#options, learningRate };
    return new DynamicEvaluation(this.#model, this.#parameters, this.#rms, options);
  }

  /**
   * Negative log-likelihoods of a text, each character once, while the weights adapt to it; the trained weights are put
   * back at the end.
   *
   * @param text [N] ids
   * @param onProgress is told the fraction of the text that is scored, again and again
   * @returns [N] −ln p of each character given all before it, in nats
   */
  async negativeLogLikelihoods(
    text: Int32Array,
    { context }: Pick<EvaluationOptions, 'context'>,
    onProgress?: (fraction: number) => void,
  ): Promise<Float64Array> {
    const { learningRate, epsilon, segment } = this.#options;
    const trained = valuesOf(this.#parameters).slice();
    const pull = this.#pull();
    const steps = this.#rms.map((rms) => learningRate / (rms + epsilon));
    const nats = new Float64Array(text.length);
    const read = new Int32Array(context.length + text.length);
    read.set(context);
    read.set(text, context.length);
    try {
      await eachSegment(this.#model, this.#parameters, read, segment, ({ from, losses, gradients }) => {
        for (let k = 0; k < losses.length; k++) {
          const position = from + k - context.length; // negative in the context, which is learnt from too
          if (position >= 0) nats[position] = losses[k] as number;
        }
        const values = valuesOf(this.#parameters);
        for (let k = 0; k < values.length; k++) {
          const value = values[k] as number;
          values[k] =
            value +
            (pull[k] as number) * ((trained[k] as number) - value) -
            (steps[k] as number) * (gradients[k] as number);
        }
        onProgress?.((from + losses.length) / read.length);
      });
    } finally {
      valuesOf(this.#parameters).set(trained);
    }
    return nats;
  }

  /** [P] λ·r */
  #pull(): Float64Array {
    const mean = this.#rms.reduce((sum, rms) => sum + rms, 0) / this.#rms.length;
    return this.#rms.map((rms) => Math.min((this.#options.decay * rms) / mean, 1));
  }
}

const SAMPLES = 20; // places in the training text
const SEGMENTS_PER_SAMPLE = 100; // read from each

/** Where the samples of the training text begin: evenly, and one after another in a short text. */
function starts(predictions: number, segment: number): number[] {
  const length = SEGMENTS_PER_SAMPLE * segment;
  const count = Math.min(SAMPLES, Math.ceil(predictions / length));
  return Array.from({ length: count }, (_, k) => Math.floor((k / count) * predictions));
}

interface Segment {
  /** Where its first prediction stands in the text. */
  readonly from: number;
  /** [T] −ln p of each, in nats */
  readonly losses: ArrayLike<number>;
  /** [P] of their mean */
  readonly gradients: ArrayLike<number>;
}

/** Reads a text segment by segment, carrying the state, and gives the losses and the gradient of each. */
async function eachSegment(
  model: CharLmModel,
  parameters: Parameters,
  text: Int32Array,
  length: number,
  visit: (segment: Segment) => void,
): Promise<void> {
  const { backend } = parameters;
  using session = new Tape(backend, { record: false });
  const state = model.zeroState(1);
  for (let from = 1; from < text.length; from += length) {
    const T = Math.min(length, text.length - from);
    using tape = new Tape(session.backend);
    const out = model.forward(tape.ids(text.slice(from - 1, from - 1 + T), [T, 1]), { state });
    const losses = crossEntropy(out.logits, tape.ids(text.slice(from, from + T), [T, 1]), { reduction: 'none' });
    tape.grad(mean(losses), parameters);
    visit({ from, losses: losses.view(), gradients: backend.heap.real(parameters.gradients, parameters.size) });
    carryState(out.state, state);
    await yieldToEventLoop();
  }
}

const valuesOf = ({ backend, values, size }: Parameters) => backend.heap.real(values, size);

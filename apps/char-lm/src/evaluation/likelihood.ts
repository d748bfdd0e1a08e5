import { type Backend, carryState, crossEntropy, type State, Tape, yieldToEventLoop } from '@unroll/rnn-core';
import type { CharLmModel } from '../model/char-lm-model.ts';

/** How a text is read to be scored. */
export interface EvaluationOptions {
  /** The ids before the text, at least one. They are read from a zero state and not scored. */
  readonly context: Int32Array;
  /**
   * How many segments of the text are read in parallel. One is exact: the state is carried from the first character to
   * the last. With more, each segment has only as many characters of context as `context` has ids.
   */
  readonly streams?: number;
  /** That after everything before the context, and then after all of the text but its last id; zeros by default. */
  readonly state?: State;
}

const CHUNK_ROWS = 4096; // predictions at once: large enough for a fast product, small enough for little memory
const MAX_CHUNK_STEPS = 1024;

/**
 * Negative log-likelihoods of a text, each character once.
 *
 * @param text [N] ids
 * @returns [N] −ln p of each character given all before it, in nats
 */
export async function negativeLogLikelihoods(
  model: Pick<CharLmModel, 'forward' | 'zeroState'>,
  backend: Backend,
  text: Int32Array,
  { context, streams: B = 1, state: given }: EvaluationOptions,
): Promise<Float64Array> {
  const nats = new Float64Array(text.length);
  const length = Math.ceil(text.length / B);
  const warmup = context.length - 1;
  const input = new Int32Array(context.length + text.length);
  input.set(context);
  input.set(text, context.length);

  using session = new Tape(backend, { record: false });
  const state = given ?? model.zeroState(B);
  const chunk = Math.max(warmup + 1, Math.min(MAX_CHUNK_STEPS, Math.ceil(CHUNK_ROWS / B)));
  for (let from = -warmup; from < length; from += chunk) {
    const T = Math.min(chunk, length - from);
    const x = new Int32Array(T * B);
    const y = new Int32Array(T * B).fill(-1); // not scored
    eachPosition((k, position, t) => {
      x[k] = input[position + warmup] as number;
      if (t >= 0) y[k] = text[position] as number;
    });
    using tape = new Tape(session.backend, { record: false });
    const out = model.forward(tape.ids(x, [T, B]), { state });
    const losses = crossEntropy(out.logits, tape.ids(y, [T, B]), { ignoreIndex: -1, reduction: 'none' }).view();
    eachPosition((k, position, t) => {
      if (t >= 0) nats[position] = losses[k] as number;
    });
    carryState(out.state, state);
    await yieldToEventLoop();

    /** Visits every entry of the chunk that lies in the text: its position there, and its step in the segment. */
    function eachPosition(visit: (k: number, position: number, t: number) => void): void {
      for (let k = 0; k < T * B; k++) {
        const t = from + Math.floor(k / B);
        const position = (k % B) * length + t;
        if (position < text.length) visit(k, position, t);
      }
    }
  }
  return nats;
}

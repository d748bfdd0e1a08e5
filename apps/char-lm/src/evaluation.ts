import { type Backend, carryState, crossEntropy, Tape } from '@unroll/rnn-core';
import type { CharLm } from './model.ts';

export interface EvaluationOptions {
  /** What stands before the text, one id at least. The state begins at zero before it; it is read, not scored. */
  readonly context: Int32Array;
  /**
   * How many stretches of the text are read side by side. One is exact: the state is carried from the first character to
   * the last. With more, each stretch knows no more of what stands before it than as many characters as the context has.
   */
  readonly streams?: number;
  /** Awaited now and then, to let Ctrl-C in. */
  readonly breathe?: (() => Promise<void>) | undefined;
}

const ROWS = 4096; // predictions at once: what keeps a product busy and memory small
const LONGEST = 1024;

/**
 * Scores a text, every character once.
 *
 * @param text [N] ids
 * @returns [N] −ln p of each character given all before it, in nats
 */
export async function surprises(
  model: CharLm,
  backend: Backend,
  text: Int32Array,
  { context, streams: B = 1, breathe }: EvaluationOptions,
): Promise<Float64Array> {
  const nats = new Float64Array(text.length);
  const length = Math.ceil(text.length / B);
  const warmup = context.length - 1;
  const read = new Int32Array(context.length + text.length);
  read.set(context);
  read.set(text, context.length);

  using session = new Tape(backend, { record: false });
  const state = model.zeroState(B);
  const longest = Math.max(warmup + 1, Math.min(LONGEST, Math.ceil(ROWS / B)));
  for (let from = -warmup; from < length; from += longest) {
    const T = Math.min(longest, length - from);
    const x = new Int32Array(T * B);
    const y = new Int32Array(T * B).fill(-1); // not scored
    eachPosition((k, position, t) => {
      x[k] = read[position + warmup] as number;
      if (t >= 0) y[k] = text[position] as number;
    });
    using tape = new Tape(session.backend, { record: false });
    const out = model.forward(tape.ids(x, [T, B]), { state });
    const losses = crossEntropy(out.logits, tape.ids(y, [T, B]), { ignoreIndex: -1, reduction: 'none' }).view();
    eachPosition((k, position, t) => {
      if (t >= 0) nats[position] = losses[k] as number;
    });
    carryState(out.state, state);
    await breathe?.();

    /** Visits every entry of the chunk that lies in the text: where in it, and how far into its stretch. */
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

import { type LanguageModelScore, LanguageModelTally } from '@unroll/metrics';
import { type Backend, carryState, crossEntropy, Tape, yieldToEventLoop } from '@unroll/rnn-core';
import type { EncodedText } from '@unroll/text';
import type { CharLmModel } from './model.ts';
import type { EncodedCorpus } from './tokenizer.ts';

/** How well a model predicts a text. */
export interface TextScore extends LanguageModelScore {
  /** Fraction of the characters that the training text did not hold, and that are spelled in bytes. */
  readonly fallbackRate: number;
}

/** The score of a held-out text, and of each of its parts. */
export interface HeldOutScore {
  readonly whole: TextScore;
  readonly parts: readonly { readonly name: string; readonly score: TextScore }[];
}

/** How a text is read to be scored. */
export interface EvaluationOptions {
  /** The ids before the text, at least one. They are read from a zero state and not scored. */
  readonly context: Int32Array;
  /**
   * How many segments of the text are read in parallel. One is exact: the state is carried from the first character to
   * the last. With more, each segment has only as many characters of context as `context` has ids.
   */
  readonly streams?: number;
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
  model: CharLmModel,
  backend: Backend,
  text: Int32Array,
  { context, streams: B = 1 }: EvaluationOptions,
): Promise<Float64Array> {
  const nats = new Float64Array(text.length);
  const length = Math.ceil(text.length / B);
  const warmup = context.length - 1;
  const input = new Int32Array(context.length + text.length);
  input.set(context);
  input.set(text, context.length);

  using session = new Tape(backend, { record: false });
  const state = model.zeroState(B);
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

/**
 * Scores a text.
 *
 * @param nats [N] the network's negative log-likelihood of each id; those of fallback bytes are added here
 */
export function scoreText(encoded: EncodedText, nats: Float64Array): TextScore {
  return scoreTexts([{ encoded, nats }]);
}

/**
 * Scores the held-out text as one stream whose state is carried from the first character to the last. Its context is the
 * last character of the training text, which it follows.
 */
export async function evaluateHeldOut(
  model: CharLmModel,
  backend: Backend,
  { train, heldOut }: Pick<EncodedCorpus, 'train' | 'heldOut'>,
): Promise<HeldOutScore> {
  const text = new Int32Array(heldOut.reduce((sum, { encoded }) => sum + encoded.ids.length, 0));
  let length = 0;
  for (const { encoded } of heldOut) {
    text.set(encoded.ids, length);
    length += encoded.ids.length;
  }
  const nats = await negativeLogLikelihoods(model, backend, text, { context: train.slice(-1) });
  let from = 0;
  const scored = heldOut.map(({ name, encoded }) => {
    const part = nats.subarray(from, from + encoded.ids.length);
    from += encoded.ids.length;
    return { name, encoded, nats: part, score: scoreText(encoded, part) };
  });
  return { whole: scoreTexts(scored), parts: scored.map(({ name, score }) => ({ name, score })) };
}

function scoreTexts(texts: readonly { encoded: EncodedText; nats: Float64Array }[]): TextScore {
  const tally = new LanguageModelTally();
  let unseen = 0;
  for (const { encoded, nats } of texts) {
    tally.add(sum(nats) + encoded.fallbackNats, encoded.ids.length, encoded.characters);
    unseen += encoded.fallback.size;
  }
  const score = tally.score();
  return { ...score, fallbackRate: unseen / score.characters };
}

const sum = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0);

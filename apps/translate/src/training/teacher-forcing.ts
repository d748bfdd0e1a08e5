import { crossEntropy, type Ids, Tape, type Tensor } from '@unroll/rnn-core';
import { pad } from '@unroll/text';
import type { Dropping } from '../model/dropping.ts';
import { pickRows } from '../model/source.ts';
import type { TranslationModel } from '../model/translation-model.ts';

/** A sentence and its translation as ids, without boundaries. */
export interface IdPair {
  readonly source: Int32Array;
  readonly target: Int32Array;
}

/** The tokens that begin and end every sentence. */
export interface Boundaries {
  readonly source: number;
  readonly target: number;
}

/** The predictions of given translations, and what they are to predict. */
export interface ForcedLogits {
  /** [tokens, V], in the order of time, of each time the sentences that are not over */
  readonly logits: Tensor;
  readonly targets: Ids;
  /** How many tokens are predicted, the boundaries included. */
  readonly tokens: number;
}

/** A sentence with its end. */
export function ended(ids: Int32Array, boundary: number): Int32Array {
  const all = new Int32Array(ids.length + 1);
  all.set(ids);
  all[ids.length] = boundary;
  return all;
}

/**
 * The loss of given translations, each token predicted from the true ones before it, in nats a token.
 *
 * @param labelSmoothing the part of the target's probability that is spread evenly over all subwords
 */
export function teacherForcing(
  model: TranslationModel,
  pairs: readonly IdPair[],
  boundaries: Boundaries,
  drop: Dropping,
  labelSmoothing = 0,
): { readonly loss: Tensor; readonly tokens: number } {
  const { logits, targets, tokens } = forcedLogits(model, pairs, boundaries, drop);
  return { loss: crossEntropy(logits, targets, { labelSmoothing }), tokens };
}

/** The logits behind {@link teacherForcing}. Only unpadded positions reach the output layer. */
export function forcedLogits(
  model: TranslationModel,
  pairs: readonly IdPair[],
  boundaries: Boundaries,
  drop: Dropping,
): ForcedLogits {
  const tape = Tape.current;
  const source = pad(pairs.map((pair) => ended(pair.source, boundaries.source)));
  const { T, B, ids, lengths } = pad(pairs.map((pair) => ended(pair.target, boundaries.target)));
  const before = new Int32Array(T * B).fill(boundaries.target);
  before.set(ids.subarray(0, (T - 1) * B), B);

  const start = model.encode(tape.ids(source.ids, [source.T, B]), source.lengths, drop);
  const { features } = model.decode(tape.ids(before, [T, B]), start, drop);
  const real = Int32Array.from(ids.keys()).filter((k) => Math.floor(k / B) < (lengths[k % B] as number));
  const predicted = pickRows(features.reshape(T * B, features.shape[2] as number), real);
  const targets = tape.ids(
    real.map((k) => ids[k] as number),
    [real.length],
  );
  return { logits: model.logits(predicted), targets, tokens: real.length };
}

import { type CrossEntropy, crossEntropy, Tape } from '@unroll/rnn-core';
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

/** What the given translations cost. */
export interface Forced extends CrossEntropy {
  /** How many tokens were predicted, the boundaries included. */
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
 * The loss of given translations, each token predicted from the true ones before it, in nats a token. Only real places
 * reach the output layer; the losses stand in the order of time, of each time the sentences that are not over.
 *
 * @param smoothing the share of the target's mass that is spread over all subwords
 */
export function teacherForcing(
  model: TranslationModel,
  pairs: readonly IdPair[],
  boundaries: Boundaries,
  drop: Dropping,
  smoothing = 0,
): Forced {
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
  return { ...crossEntropy(model.logits(predicted), targets, { smoothing }), tokens: real.length };
}

import { crossEntropy, type Ids, Tape, type Tensor } from '@unroll/rnn-core';
import { pad } from '@unroll/text';
import type { Dropout } from '../model/dropout.ts';
import { selectRows } from '../model/encoded-source.ts';
import { type EosIds, type IdPair, withEos } from '../tokenizer.ts';

/** A model, or one network of an ensemble. */
export interface EncoderDecoder<Encoded> {
  /** Encodes source sentences, [S, N], of these lengths. */
  encode(ids: Ids, lengths: Int32Array, dropout: Dropout): Encoded;
  /** The features of each next token, [T, N, E], or [T, N, K·E] of K networks; `ids` are the tokens before them, [T, N]. */
  decode(ids: Ids, encoded: Encoded, dropout: Dropout): { readonly features: Tensor };
  /** The logits over V target tokens, [..., V], of features. */
  logits(features: Tensor): Tensor;
}

/** Predictions of the target tokens of a batch. */
export interface ForcedLogits {
  /** [tokens, V], unpadded positions in order of time, within a time of sentence */
  readonly logits: Tensor;
  readonly targets: Ids;
  /** Target tokens predicted, the end-of-sentence tokens included. */
  readonly tokens: number;
}

/**
 * The loss of the targets under teacher forcing, each token predicted from the true tokens before it, in nats per token.
 *
 * @param labelSmoothing probability spread over all subwords
 */
export function teacherForcing<Encoded>(
  model: EncoderDecoder<Encoded>,
  pairs: readonly IdPair[],
  eos: EosIds,
  dropout: Dropout,
  labelSmoothing = 0,
): { readonly loss: Tensor; readonly tokens: number } {
  const { logits, targets, tokens } = forcedLogits(model, pairs, eos, dropout);
  return { loss: crossEntropy(logits, targets, { labelSmoothing }), tokens };
}

/** The logits behind {@link teacherForcing}. Only unpadded positions reach the output layer. */
export function forcedLogits<Encoded>(
  model: EncoderDecoder<Encoded>,
  pairs: readonly IdPair[],
  eos: EosIds,
  dropout: Dropout,
): ForcedLogits {
  const tape = Tape.current;
  const source = pad(pairs.map((pair) => withEos(pair.source, eos.source)));
  const { T, B, ids, lengths } = pad(pairs.map((pair) => withEos(pair.target, eos.target)));
  const previous = new Int32Array(T * B).fill(eos.target);
  previous.set(ids.subarray(0, (T - 1) * B), B);

  const encoded = model.encode(tape.ids(source.ids, [source.T, B]), source.lengths, dropout);
  const { features } = model.decode(tape.ids(previous, [T, B]), encoded, dropout);
  const valid = Int32Array.from(ids.keys()).filter((k) => Math.floor(k / B) < (lengths[k % B] as number));
  const predicted = selectRows(features.reshape(T * B, features.shape[2] as number), valid);
  const targets = tape.ids(
    valid.map((k) => ids[k] as number),
    [valid.length],
  );
  return { logits: model.logits(predicted), targets, tokens: valid.length };
}

import { add, concat, type Ids, Module, scale, slice, type Tensor } from '@unroll/rnn-core';
import type { DecoderOutput, DecoderState } from './decoder.ts';
import type { Dropout } from './dropout.ts';
import type { EncodedSource } from './encoded-source.ts';
import type { TranslationModelConfig } from './model-config.ts';
import { TranslationNetwork } from './translation-network.ts';

/** A batch of encoded sentences and the initial state of the decoder. */
export interface Encoded {
  /** The sentences as each network encoded them. */
  readonly sources: readonly EncodedSource[];
  /** The states of the networks, one after the other. */
  readonly state: DecoderState; // [N, W] each
}

/** An ensemble of translation networks, or one: the logits are the mean of the networks'. */
export class TranslationModel extends Module {
  readonly config: TranslationModelConfig;
  readonly members: readonly TranslationNetwork[]; // K of them

  constructor(config: TranslationModelConfig) {
    super();
    this.config = config;
    this.members = Array.from({ length: config.ensembleSize ?? 1 }, () => new TranslationNetwork(config));
  }

  /** The parameters of a single network have its own names, without `members.0`. */
  protected override namedFields(): Iterable<readonly [string, unknown]> {
    const [first, ...others] = this.members;
    return Object.entries(others.length === 0 ? (first as TranslationNetwork) : { members: this.members });
  }

  /**
   * Encodes source sentences with every network, and makes the first states of their decoders.
   *
   * @param ids     [S, N], each sentence with its end-of-sentence token; the padding may hold any id
   * @param lengths unpadded length of each sentence, [N]
   */
  encode(ids: Ids, lengths: Int32Array, dropout: Dropout): Encoded {
    const encoded = this.members.map((member) => member.encode(ids, lengths, dropout));
    return { sources: encoded.map(({ source }) => source), state: encoded.flatMap(({ state }) => state) };
  }

  /**
   * Computes the features of each next token, of all networks side by side, [T, R, K·E], the decoders' last states, and the mean of the
   * attention weights.
   *
   * @param ids [T, R], the tokens before those to predict, R a multiple of the number of source sentences
   */
  decode(ids: Ids, { sources, state }: Encoded, dropout: Dropout): DecoderOutput {
    const each = state.length / this.members.length;
    const outputs = this.members.map((member, k) => {
      const source = sources[k] as EncodedSource;
      return member.decode(ids, { source, state: state.slice(k * each, (k + 1) * each) }, dropout);
    });
    const weights = outputs.flatMap(({ weights }) => (weights ? [weights] : []));
    const features = outputs.map(({ features }) => features);
    return {
      features: features.length === 1 ? (features[0] as Tensor) : concat(features, -1),
      state: outputs.flatMap(({ state }) => state),
      ...(weights.length > 0 && { weights: mean(weights) }),
    };
  }

  /**
   * @param features [..., K·E], of {@link TranslationModel.decode}
   * @returns [..., V], the mean of the networks' logits
   */
  logits(features: Tensor): Tensor {
    const { embeddingSize: E } = this.config;
    return mean(
      this.members.map((member, k, { length }) =>
        member.logits(length === 1 ? features : slice(features, k * E, (k + 1) * E)),
      ),
    );
  }
}

/** What the names of each network's parameters begin with: nothing where there is only one. */
export const networkPrefixes = ({ ensembleSize = 1 }: TranslationModelConfig): string[] =>
  ensembleSize === 1 ? [''] : Array.from({ length: ensembleSize }, (_, k) => `members.${k}.`);

const mean = (tensors: readonly Tensor[]): Tensor => {
  const sum = tensors.reduce((a, b) => add(a, b));
  return tensors.length === 1 ? sum : scale(sum, 1 / tensors.length);
};

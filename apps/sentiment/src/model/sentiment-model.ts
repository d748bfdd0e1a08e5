import { constant, type Initializer, Module, normal, Param, type Rng, Tape, type Tensor } from '@unroll/rnn-core';
import type { BagOfWordsWeights } from '../baseline/index.ts';
import type { TokenBatch } from '../tokenizer/token-batch.ts';
import type { EnsembleWeights } from './ensemble-weights.ts';
import {
  type ClassifierConfig,
  type ClassifierTrainingOptions,
  RecurrentClassifier,
} from './recurrent-classifier.ts';

export interface SentimentConfig extends ClassifierConfig {
  /** Networks with different initial weights, trained together, whose logits are averaged. */
  readonly ensembleSize: number;
  /** Whether every second network pools by attention and reads no log odds of the bag of words. Default: false. */
  readonly mixedEnsemble?: boolean | undefined;
  /** Features of the bag of words. */
  readonly bagFeatures: number;
}

/** Initial values that are not random. */
export interface SentimentInitialization {
  readonly bag: BagOfWordsWeights;
  /** [V · E] pretrained embeddings; words without one are drawn at random. */
  readonly vectors?: Initializer | undefined;
}

/**
 * Ensemble of recurrent networks and a bag of words:
 *
 *     logits = bag·bagLogits + network·mean of the networks' logits
 *
 * Each network is trained by gradients on its own loss. The bag of words and the two ensemble weights are fitted
 * elsewhere; they are parameters here so that they are saved with the rest.
 */
export class SentimentModel extends Module {
  readonly config: SentimentConfig;
  readonly members: readonly RecurrentClassifier[];
  readonly bag: { readonly weight: Param; readonly bias: Param }; // [bagFeatures, C] and [C]
  readonly ensemble: { readonly weight: Param }; // [2] of the bag of words, of the networks

  /** @param initialization undefined when all weights are to be loaded */
  constructor(
    config: SentimentConfig,
    training: ClassifierTrainingOptions,
    initialization?: SentimentInitialization,
  ) {
    super();
    this.config = config;
    const { bagFeatures, numClasses } = config;
    const small = initialization ? normal(0.1) : constant(0); // loading needs no random numbers
    const tables = { words: initialization?.vectors ?? small, charNgrams: small };
    const frozen = { requiresGrad: false };
    this.members = networkConfigs(config).map((network) => new RecurrentClassifier(network, training, tables));
    this.bag = {
      weight: new Param([bagFeatures, numClasses], fixed(initialization?.bag.weights), frozen),
      bias: new Param([numClasses], fixed(initialization?.bag.bias), frozen),
    };
    this.ensemble = { weight: new Param([2], fixed([0.5, 0.5]), frozen) };
  }

  /** The weights of the bag of words and of the network in the ensemble. */
  get ensembleWeights(): EnsembleWeights {
    const [bag = 0, network = 0] = this.ensemble.weight.view();
    return { bag, network };
  }

  /** Sets both; they need not add up to 1. */
  set ensembleWeights({ bag, network }: EnsembleWeights) {
    this.ensemble.weight.view().set([bag, network]);
  }

  /**
   * Returns the logits of each network: [B, C] each.
   * @param rng draws the dropout masks of a training step; undefined at evaluation
   */
  forward(batch: TokenBatch, rng?: Rng): Tensor[] {
    return this.members.map((_, k) => this.forwardMember(k, batch, rng));
  }

  /** Returns what {@link forward} does of one network alone. */
  forwardMember(k: number, { T, B, lengths, ngrams, ...batch }: TokenBatch, rng?: Rng): Tensor {
    const tape = Tape.current;
    const member = this.members[k] as RecurrentClassifier;
    const ids = tape.ids(batch.ids, [T, B]);
    const features = tape.constant(batch.features, [T, B, this.config.tokenFeatures]);
    return member.forward(member.embed(ids, ngrams), features, lengths, rng?.split(k));
  }
}

/**
 * The configuration of each network. In a mixed ensemble every second one pools by attention and reads no log odds of the bag of
 * words, so that its errors are others than those of the first kind and of the bag.
 */
export const networkConfigs = ({
  ensembleSize,
  mixedEnsemble = false,
  ...first
}: SentimentConfig): ClassifierConfig[] =>
  Array.from({ length: ensembleSize }, (_, k) => (mixedEnsemble && k % 2 === 1 ? secondKind(first) : first));

function secondKind({ tokenFeatures, numClasses, ...first }: ClassifierConfig): ClassifierConfig {
  const hasLogOdds = tokenFeatures >= numClasses; // the last features of each token; the lexicon has one
  const own = hasLogOdds ? tokenFeatures - numClasses : tokenFeatures;
  return { ...first, tokenFeatures: own, numClasses, pooling: 'attention' };
}

const fixed =
  (values: ArrayLike<number> = []): Initializer =>
  (target) =>
    target.set(values);

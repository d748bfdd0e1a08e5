import { constant, type Initializer, Module, normal, Param, type Rng, Tape, type Tensor } from '@unroll/rnn-core';
import type { BagOfWordsNumbers } from '../baseline/index.ts';
import type { TokenBatch } from '../tokenizer/token-batch.ts';
import { type ClassifierShape, type ClassifierTraining, RecurrentClassifier } from './recurrent-classifier.ts';
import type { Trust } from './trust.ts';

export interface SentimentShape extends ClassifierShape {
  /** How many networks, trained side by side from different beginnings, whose logits are averaged. */
  readonly members: number;
  /** Features the bag of words knows. */
  readonly features: number;
}

/** What the model begins with, besides random numbers. */
export interface Beginnings {
  readonly bag: BagOfWordsNumbers;
  /** [V · E] vectors from a file; rows without one are drawn at random. */
  readonly vectors?: Initializer | undefined;
}

/**
 * Several recurrent networks and a bag of words, which judge a text together:
 *
 *     logits = bag·prior + network·mean of the members' logits
 *
 * The networks are trained by gradients, each on its own loss. The bag of words, and how much each side is trusted, are
 * fitted elsewhere; they lie here to be saved with the rest.
 */
export class SentimentModel extends Module {
  readonly shape: SentimentShape;
  readonly members: readonly RecurrentClassifier[];
  readonly bag: { readonly weight: Param; readonly bias: Param }; // [features, C] and [C]
  readonly trust: Param; // [2] in the bag of words, in the network

  /** @param beginnings none when all weights are to be loaded */
  constructor(shape: SentimentShape, training: ClassifierTraining, beginnings?: Beginnings) {
    super();
    this.shape = shape;
    const { features, classes } = shape;
    const small = beginnings ? normal(0.1) : constant(0); // millions of random numbers are not drawn for nothing
    const tables = { words: beginnings?.vectors ?? small, parts: small };
    this.members = Array.from({ length: shape.members }, () => new RecurrentClassifier(shape, training, tables));
    this.bag = {
      weight: new Param([features, classes], given(beginnings?.bag.weights), { requiresGrad: false }),
      bias: new Param([classes], given(beginnings?.bag.bias), { requiresGrad: false }),
    };
    this.trust = new Param([2], given([0.5, 0.5]), { requiresGrad: false });
  }

  get ensembleWeights(): Trust {
    const [bag = 0, network = 0] = this.trust.view();
    return { bag, network };
  }

  set ensembleWeights({ bag, network }: Trust) {
    this.trust.view().set([bag, network]);
  }

  /** What each network says of a batch: [B, C] a member. @param rng the stream of this step, for dropout */
  forward(batch: TokenBatch, rng?: Rng): Tensor[] {
    const { T, B, lengths, parts } = batch;
    const tape = Tape.current;
    const ids = tape.ids(batch.ids, [T, B]);
    const signals = tape.constant(batch.signals, [T, B, this.shape.signals]);
    return this.members.map((member, k) => member.forward(member.embed(ids, parts), signals, lengths, rng?.split(k)));
  }
}

const given =
  (numbers: ArrayLike<number> = []): Initializer =>
  (values) =>
    values.set(numbers);

import { add, type Backend, mul, scale, sum, Tape, type Tensor } from '@unroll/rnn-core';
import type { SentimentModel } from '../model/sentiment-model.ts';
import { keptPositions } from '../tokenizer/sentiment-tokenizer.ts';
import { type TokenBatch, tokenBatch } from '../tokenizer/token-batch.ts';
import { type Token, tokenize } from '../tokenizer/tokens.ts';
import { argmax } from './probabilities.ts';
import type { SentimentClassifier } from './sentiment-classifier.ts';

/** A token's influence on the prediction. */
export interface Influence extends Token {
  /** gradient × input: its part of the predicted class's logit minus the mean of the others'. */
  readonly gradient: number;
  /** The drop of the predicted class's probability when the token is removed. */
  readonly occlusion: number;
}

/** A prediction and how much each token changes it. */
export interface Explanation {
  readonly text: string;
  readonly label: string;
  /** [C] */
  readonly probabilities: Float64Array;
  /** The tokens that the networks see, in order. */
  readonly tokens: readonly Influence[];
}

/** Attributes a prediction to the words of the text, by gradient × input and by occlusion. */
export function explain(classifier: SentimentClassifier, text: string): Explanation {
  const { tokenizer, labels } = classifier;
  const tokens = tokenize(text, tokenizer.config);
  const words = tokens.map(({ word }) => word);
  const kept = keptPositions(tokens.length, tokenizer.config.maxLength); // the bag of words sees all
  const [probabilities = new Float64Array(), ...occluded] = classifier.probabilities([
    tokenizer.encodeWords(orUnknown(words)),
    ...Array.from(kept, (position) => tokenizer.encodeWords(orUnknown(words.toSpliced(position, 1)))),
  ]);
  const predicted = argmax(probabilities);
  const attributions = gradientTimesInput(classifier, orUnknown(words), predicted);
  return {
    text,
    label: labels.names[predicted] as string,
    probabilities,
    tokens: Array.from(kept, (position, k) => ({
      ...(tokens[position] as Token),
      gradient: attributions[k] as number,
      occlusion: (probabilities[predicted] as number) - (occluded[k]?.[predicted] as number),
    })),
  };
}

const orUnknown = (words: readonly string[]): readonly string[] => (words.length > 0 ? words : ['']);

/**
 * Returns x·∂score/∂x for each token the networks see, where the score is the predicted class's logit minus the mean of the
 * others'. For the bag of words, which is linear, that is the weights of the token's features. Source: Shrikumar et al. 2016.
 */
function gradientTimesInput(
  { tokenizer, model, backend }: SentimentClassifier,
  words: readonly string[],
  predicted: number,
): Float64Array {
  const C = model.config.numClasses;
  const contrast = Float32Array.from({ length: C }, (_, c) => (c === predicted ? 1 : -1 / (C - 1)));
  const batch = tokenBatch([tokenizer.encodeWords(words)], model.config.charNgramBuckets);
  const kept = keptPositions(words.length, tokenizer.config.maxLength);
  const contributions = tokenizer.bagContributions(words);
  return networkAttributions(model, backend, batch, contrast).map((value, t) => {
    const at = (kept[t] as number) * C;
    let fromBag = 0;
    for (let c = 0; c < C; c++) fromBag += (contrast[c] as number) * (contributions[at + c] as number);
    return value + model.ensembleWeights.bag * fromBag;
  });
}

function networkAttributions(
  model: SentimentModel,
  backend: Backend,
  batch: TokenBatch,
  contrast: Float32Array,
): Float64Array {
  const { T, B, lengths, ngrams } = batch;
  const embedded = model.members.map((member) => {
    using tape = new Tape(backend, { record: false });
    return member.embed(tape.ids(batch.ids, [T, B]), ngrams).toArray();
  });
  using tape = new Tape(backend);
  const features = tape.constant(batch.features, [T, B, model.config.tokenFeatures], { needsGrad: true });
  const inputs = embedded.map((values) => tape.constant(values, [T, B, values.length / T], { needsGrad: true }));
  const logits = model.members
    .map((member, k) => member.forward(inputs[k] as Tensor, features, lengths))
    .reduce((total, of) => add(total, of));
  const score = scale(
    sum(mul(logits, tape.constant(contrast, [contrast.length]))),
    model.ensembleWeights.network / model.members.length,
  );
  tape.grad(score);
  const attributions = new Float64Array(T);
  for (const x of [...inputs, features]) {
    const [values, gradient] = [x.view(), tape.gradient(x)?.view()];
    const width = values.length / T;
    if (!gradient) continue;
    for (let t = 0; t < T; t++)
      for (let k = t * width; k < (t + 1) * width; k++)
        attributions[t] = (attributions[t] as number) + (values[k] as number) * (gradient[k] as number);
  }
  return attributions;
}

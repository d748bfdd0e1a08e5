import { add, type Backend, mul, scale, sum, Tape, type Tensor } from '@unroll/rnn-core';
import type { SentimentModel } from '../model/sentiment-model.ts';
import { places } from '../tokenizer/text-reader.ts';
import { type TokenBatch, tokenBatch } from '../tokenizer/token-batch.ts';
import { type Token, tokensOf } from '../tokenizer/tokens.ts';
import { decision } from './judge.ts';
import type { TrainedModel } from './trained-model.ts';

/** What a token did to the verdict. */
export interface Influence extends Token {
  /** How far it moved the verdict's logit over the others', by gradient × input. */
  readonly gradient: number;
  /** How much of the verdict's probability is lost without it. */
  readonly occlusion: number;
}

export interface Explanation {
  readonly text: string;
  readonly label: string;
  /** [C] */
  readonly probabilities: Float64Array;
  /** The tokens that the network read, in their order. */
  readonly tokens: readonly Influence[];
}

/** Which words moved a verdict, by two methods that know nothing of each other. */
export function explain(trained: TrainedModel, text: string): Explanation {
  const { reader, labels } = trained;
  const tokens = tokensOf(text, reader.config);
  const words = tokens.map(({ word }) => word);
  const read = places(tokens.length, reader.config.maxTokens); // the bag of words reads the others too
  const [probabilities = new Float64Array(), ...occluded] = trained.judgeEncoded([
    reader.readWords(orUnknown(words)),
    ...Array.from(read, (place) => reader.readWords(orUnknown(words.toSpliced(place, 1)))),
  ]);
  const verdict = decision(probabilities);
  const moved = gradientTimesInput(trained, orUnknown(words), verdict);
  return {
    text,
    label: labels.names[verdict] as string,
    probabilities,
    tokens: Array.from(read, (place, k) => ({
      ...(tokens[place] as Token),
      gradient: moved[k] as number,
      occlusion: (probabilities[verdict] as number) - (occluded[k]?.[verdict] as number),
    })),
  };
}

const orUnknown = (words: readonly string[]): readonly string[] => (words.length > 0 ? words : ['']);

/**
 * How far each token that the networks read moves the logit of a class over the mean of the others': x·∂logit/∂x through the networks, and the
 * weights of its features in the bag of words, which for a linear model is the same. Source: Shrikumar et al. 2016.
 */
function gradientTimesInput(
  { reader, model, backend }: TrainedModel,
  words: readonly string[],
  verdict: number,
): Float64Array {
  const C = model.shape.classes;
  const against = Float32Array.from({ length: C }, (_, c) => (c === verdict ? 1 : -1 / (C - 1)));
  const moved = throughNetworks(model, backend, tokenBatch([reader.readWords(words)], model.shape.buckets), against);
  const read = places(words.length, reader.config.maxTokens);
  const evidence = reader.evidence(words);
  return moved.map((value, t) => {
    const at = (read[t] as number) * C;
    let fromBag = 0;
    for (let c = 0; c < C; c++) fromBag += (against[c] as number) * (evidence[at + c] as number);
    return value + model.ensembleWeights.bag * fromBag;
  });
}

function throughNetworks(
  model: SentimentModel,
  backend: Backend,
  batch: TokenBatch,
  against: Float32Array,
): Float64Array {
  const { T, B, lengths, parts } = batch;
  const read = model.members.map((member) => {
    using tape = new Tape(backend, { record: false });
    return member.embed(tape.ids(batch.ids, [T, B]), parts).toArray();
  });
  using tape = new Tape(backend);
  const signals = tape.constant(batch.signals, [T, B, model.shape.signals], { needsGrad: true });
  const inputs = read.map((values) => tape.constant(values, [T, B, values.length / T], { needsGrad: true }));
  const logits = model.members
    .map((member, k) => member.forward(inputs[k] as Tensor, signals, lengths))
    .reduce((total, said) => add(total, said));
  const score = scale(
    sum(mul(logits, tape.constant(against, [against.length]))),
    model.ensembleWeights.network / model.members.length,
  );
  tape.grad(score);
  const moved = new Float64Array(T);
  for (const x of [...inputs, signals]) {
    const [values, slopes] = [x.view(), tape.gradient(x)?.view()];
    const width = values.length / T;
    if (!slopes) continue;
    for (let t = 0; t < T; t++)
      for (let k = t * width; k < (t + 1) * width; k++)
        moved[t] = (moved[t] as number) + (values[k] as number) * (slopes[k] as number);
  }
  return moved;
}

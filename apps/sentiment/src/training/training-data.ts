import { type Initializer, yieldToEventLoop } from '@unroll/rnn-core';
import type { Example } from '../data/example.ts';
import type { LabelSet } from '../data/label-set.ts';
import type { EncodedText } from '../tokenizer/encoded-text.ts';
import type { SentimentTokenizer } from '../tokenizer/sentiment-tokenizer.ts';

/** Encoded texts and the index of each one's class. */
export interface EncodedExamples {
  readonly texts: readonly EncodedText[];
  readonly labels: Int32Array;
}

/** Everything the networks are trained with: classes, the fitted tokenizer, encoded texts. */
export interface TrainingData {
  readonly labels: LabelSet;
  readonly tokenizer: SentimentTokenizer;
  readonly train: EncodedExamples;
  readonly valid: EncodedExamples;
  /** Pretrained embeddings of the words. */
  readonly vectors: Initializer | undefined;
}

/** Tokenizes texts; now and then the event loop gets its turn. */
export async function encodeExamples(
  tokenizer: SentimentTokenizer,
  labels: LabelSet,
  examples: readonly Example[],
): Promise<EncodedExamples> {
  const texts: EncodedText[] = [];
  for (const { text } of examples) {
    texts.push(tokenizer.encode(text));
    await yieldToEventLoop();
  }
  return { texts, labels: labels.indicesOf(examples) };
}

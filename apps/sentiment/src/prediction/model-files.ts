import { builtFrom, CELL_NAMES, CheckpointError } from '@unroll/rnn-core';
import * as z from 'zod/mini';
import { BagOfWords, type BagOfWordsWeights, FeatureIndex } from '../baseline/index.ts';
import { LabelSet } from '../data/label-set.ts';
import { POOLINGS } from '../model/pooling.ts';
import type { SentimentConfig } from '../model/sentiment-model.ts';
import { SentimentTokenizer } from '../tokenizer/sentiment-tokenizer.ts';
import { WordVocab } from '../tokenizer/word-vocab.ts';

const positive = z.int().check(z.minimum(1));
const nonNegative = z.int().check(z.minimum(0));

const modelSchema = z.strictObject({
  labels: z.array(z.string()).check(z.minLength(2)),
  vocabSize: positive,
  numClasses: positive,
  tokenFeatures: nonNegative,
  charNgramBuckets: nonNegative,
  embeddingSize: positive,
  convChannels: nonNegative,
  cell: z.enum(CELL_NAMES),
  hiddenSize: positive,
  numLayers: positive,
  bidirectional: z.boolean(),
  pooling: z.enum(POOLINGS),
  ensembleSize: positive,
  mixedEnsemble: z.optional(z.boolean()), // earlier models have none
  bagFeatures: nonNegative,
});

const tokenizerSchema = z.strictObject({
  cased: z.boolean(),
  maxLength: positive,
  lexicon: z.boolean(),
  nbFeatures: z.boolean(),
  bag: z.strictObject({
    wordNgrams: z.union([z.literal(1), z.literal(2)]),
    charNgrams: z.boolean(),
    lexicon: z.boolean(),
    skipBigrams: z._default(z.boolean(), false), // earlier models have none of these
    ending: z._default(nonNegative, 0),
    normalize: z._default(z.boolean(), false),
  }),
  words: z.array(z.string()),
  /** The hashes of the bag's features, 32 bits each, little-endian, in base64. */
  hashes: z.base64(),
});

/** Returns what `config.json` says of the model. */
export const modelJson = (config: SentimentConfig, labels: LabelSet): z.output<typeof modelSchema> => ({
  labels: [...labels.names],
  ...config,
});

/** Returns what `tokenizer.json` holds. */
export const tokenizerJson = ({ config, vocab, bag }: SentimentTokenizer): z.output<typeof tokenizerSchema> => ({
  ...config,
  words: [...vocab.words],
  hashes: toBase64(bag.index.hashes),
});

/** Reads the settings of a parsed `config.json`. @throws CheckpointError when it is damaged */
export function readModelConfig(json: unknown, where: string): { config: SentimentConfig; labels: LabelSet } {
  const { labels, ...config } = checked(modelSchema, json, where);
  return { config, labels: builtFrom(where, () => new LabelSet(labels)) };
}

/**
 * Reads a parsed `tokenizer.json`.
 *
 * @param weights of the bag of words; without them its logits are 0
 * @throws CheckpointError when it is damaged
 */
export function readTokenizer(
  json: unknown,
  where: string,
  weights: BagOfWordsWeights = { weights: new Float32Array(), bias: new Float32Array() },
): SentimentTokenizer {
  const { words, hashes, ...config } = checked(tokenizerSchema, json, where);
  return builtFrom(where, () => {
    const index = new FeatureIndex(fromBase64(hashes));
    return new SentimentTokenizer(config, new WordVocab(words), new BagOfWords(index, weights, config.bag.normalize));
  });
}

function checked<T>(schema: z.ZodMiniType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CheckpointError(
    `${where}: ${issue?.path.join('.') || 'content'} must be as \`sentiment train\` writes it; train the model again`,
  );
}

const CHUNK = 32_768; // arguments of a call

function toBase64({ buffer, byteOffset, byteLength }: Int32Array): string {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  let binary = '';
  for (let at = 0; at < bytes.length; at += CHUNK) binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(binary);
}

const fromBase64 = (text: string): Int32Array =>
  new Int32Array(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer);

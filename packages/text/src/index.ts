export { AlphabetVocab } from './alphabet-vocab.ts';
export { type BpeDropout, type BpeOptions, BpeTokenizer } from './bpe.ts';
export type { BpeModel, BpeTrainingOptions } from './bpe-training.ts';
export { type BucketOptions, lengthBuckets } from './buckets.ts';
export { ByteVocab } from './byte-vocab.ts';
export { DataError } from './data-error.ts';
export { type Padded, pad } from './padding.ts';
export { type EpochRandom, type RandomSource } from './random.ts';
export {
  type CharacterUnit,
  type CharacterVocabulary,
  type StreamDecoder,
  type VocabularyJson,
  vocabularyFromJson,
  vocabularyFromText,
} from './vocabulary.ts';
export { type Window, WindowStream } from './windows.ts';
export { tokenizeWords, type WordTag, type WordToken } from './word-tokenizer.ts';
export { readWordVectors, type WordVectors } from './word-vectors.ts';

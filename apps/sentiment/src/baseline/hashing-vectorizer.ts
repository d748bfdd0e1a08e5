import { copyString } from '../tokenizer/copy-string.ts';
import { characterNgrams } from './character-ngrams.ts';
import { valences } from './lexicon.ts';
import { hashPair, hashString } from './string-hash.ts';

/** Which features a bag of words has. */
export interface VectorizerConfig {
  /** 1 for words alone, 2 for words and bigrams. */
  readonly wordNgrams: 1 | 2;
  /** Pairs of words with one word between them. */
  readonly skipBigrams: boolean;
  /** Last tokens whose words, and the bigrams that end with them, are separate features too; 0 for none. */
  readonly ending: number;
  /** Character n-grams of each word; see {@link characterNgrams}. */
  readonly charNgrams: boolean;
  /** Thresholds of the summed AFINN valence. */
  readonly lexicon: boolean;
}

/** The hashed features of a text with the token each belongs to, so that a prediction can be explained word by word. */
export interface TextFeatures {
  readonly hashes: Int32Array;
  /** The index of each feature's token; -1 for features of the whole text. */
  readonly tokens: Int32Array;
}

/** Extracts hashed features from tokens, and caches those of each word. */
export class HashingVectorizer {
  readonly #config: VectorizerConfig;
  readonly #cache = new Map<string, WordFeatures>();

  constructor(config: VectorizerConfig) {
    this.#config = config;
  }

  transform(tokens: readonly string[]): TextFeatures {
    const { wordNgrams, ending } = this.#config;
    const words = tokens.map((token) => this.#featuresOf(token));
    const ofText = this.#config.lexicon ? lexiconFeatures(tokens) : [];
    const bigrams = wordNgrams === 2 ? tokens.length + 1 : 0;
    const skipBigrams = this.#config.skipBigrams ? Math.max(0, tokens.length - 2) : 0;
    const ofWords = words.reduce((sum, { ngrams }) => sum + 1 + ngrams.length, 0);
    const endingFrom = Math.max(0, tokens.length - ending);
    const ofEnding = wordNgrams * (tokens.length - endingFrom);
    const size = ofWords + bigrams + skipBigrams + ofEnding + ofText.length;
    const hashes = new Int32Array(size);
    const owners = new Int32Array(size);
    let at = 0;
    const push = (hash: number, owner: number): void => {
      hashes[at] = hash;
      owners[at++] = owner;
    };
    let [beforePrevious, previous] = [BOUNDARY, BOUNDARY];
    for (const [k, { word, ngrams }] of words.entries()) {
      push(word, k);
      if (bigrams > 0) push(hashPair(previous, word), k);
      for (const ngram of ngrams) push(ngram, k);
      if (skipBigrams > 0 && k > 1) push(hashPair(beforePrevious ^ SKIP, word), k);
      if (k >= endingFrom) {
        push(hashPair(ENDING, word), k);
        if (bigrams > 0) push(hashPair(ENDING, hashPair(previous, word)), k);
      }
      [beforePrevious, previous] = [previous, word];
    }
    if (bigrams > 0) push(hashPair(previous, BOUNDARY), tokens.length - 1);
    for (const hash of ofText) push(hash, -1);
    return { hashes, tokens: owners };
  }

  #featuresOf(token: string): WordFeatures {
    const cached = this.#cache.get(token);
    if (cached) return cached;
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    const features = {
      word: hashString(token, WORD_SEED),
      ngrams: this.#config.charNgrams ? characterNgrams(token) : NONE,
    };
    this.#cache.set(copyString(token), features);
    return features;
  }
}

interface WordFeatures {
  readonly word: number;
  readonly ngrams: Int32Array;
}

const WORD_SEED = 0x30bd;
const LEXICON_HASH = 0x1ec5;
const SKIP = 0x5c1b; // distinguishes a pair with a word between from neighbours
const ENDING = 0xe4d1; // distinguishes a word or bigram among the last tokens from the same anywhere
const BOUNDARY = hashString('', 0xed6e); // before the first word and after the last
const NONE = new Int32Array();
const MAX_CACHED = 100_000; // words, since a stream of texts never runs out of new ones
const MAX_VALENCE = 4;

/** Returns one feature for each threshold below the summed valence, and one each for any positive and negative word. */
function lexiconFeatures(tokens: readonly string[]): number[] {
  let sum = 0;
  let [hasPositive, hasNegative] = [false, false];
  for (const value of valences(tokens)) {
    sum += value;
    hasPositive ||= value > 0;
    hasNegative ||= value < 0;
  }
  const features: number[] = [];
  for (let threshold = -MAX_VALENCE; threshold < Math.min(sum, MAX_VALENCE); threshold++)
    features.push(hashPair(LEXICON_HASH, threshold));
  if (hasPositive) features.push(hashPair(LEXICON_HASH, 100));
  if (hasNegative) features.push(hashPair(LEXICON_HASH, 101));
  return features;
}

import {
  BagOfWords,
  type BagOfWordsFitOptions,
  HashingVectorizer,
  type TextFeatures,
  type VectorizerConfig,
  valences,
} from '../baseline/index.ts';
import type { EncodedText } from './encoded-text.ts';
import { tokenize } from './tokens.ts';
import { WordVocab } from './word-vocab.ts';

/** How texts become tokens and features. */
export interface TokenizerConfig {
  /** Keeps capitals; false lower-cases every word. */
  readonly cased: boolean;
  /** Tokens of a text that the networks see: of a longer one the first quarter of so many, and the last three. */
  readonly maxLength: number;
  /** Makes the AFINN valence of each word a hand-crafted feature. */
  readonly lexicon: boolean;
  /** Makes the bag of words' log odds of each word hand-crafted features, one for each class. */
  readonly nbFeatures: boolean;
  /** The features of the bag of words, and whether those of long texts count less. */
  readonly bag: VectorizerConfig & Pick<BagOfWordsFitOptions, 'normalize'>;
}

/** Of {@link SentimentTokenizer.fit}. */
export interface TokenizerFitOptions extends TokenizerConfig, Omit<BagOfWordsFitOptions, 'normalize'> {
  /** The least number of occurrences of a known word. */
  readonly minCount: number;
}

/** Encodes texts: word ids and hand-crafted features for the networks, and the logits of the bag of words. */
export class SentimentTokenizer {
  readonly config: TokenizerConfig;
  readonly vocab: WordVocab;
  readonly bag: BagOfWords;
  readonly #vectorizer: HashingVectorizer;

  /**
   * Fits vocabulary and bag of words to the training texts.
   *
   * @returns the tokenizer, and the training texts encoded
   */
  static fit(
    texts: readonly string[],
    labels: Int32Array,
    { numClasses, minCount, minDf, l2, ...config }: TokenizerFitOptions,
  ): { tokenizer: SentimentTokenizer; encoded: EncodedText[] } {
    const tokens = texts.map((text) => wordsOf(text, config));
    const vectorizer = new HashingVectorizer(config.bag);
    const features = tokens.map((words) => vectorizer.transform(words));
    const options = { numClasses, minDf, l2, normalize: config.bag.normalize };
    const { bag, outOfFold } = BagOfWords.fit(features, labels, options, config.nbFeatures ? FOLDS : 0);
    const tokenizer = new SentimentTokenizer(config, WordVocab.fromTexts(tokens, minCount), bag);
    const bags = config.nbFeatures ? outOfFold : [bag];
    const encoded = tokens.map((words, k) =>
      tokenizer.#encode(words, features[k] as TextFeatures, bags[k % bags.length] as BagOfWords),
    );
    return { tokenizer, encoded };
  }

  constructor(config: TokenizerConfig, vocab: WordVocab, bag: BagOfWords) {
    this.config = config;
    this.vocab = vocab;
    this.bag = bag;
    this.#vectorizer = new HashingVectorizer(config.bag);
  }

  /** F, the hand-crafted features of each token. */
  get tokenFeatures(): number {
    return (this.config.lexicon ? 1 : 0) + (this.config.nbFeatures ? this.bag.bias.length : 0);
  }

  /** Returns a text's token ids and features. */
  encode(text: string): EncodedText {
    return this.encodeWords(wordsOf(text, this.config));
  }

  /**
   * Returns the token ids and features of words.
   *
   * @param words at least one
   */
  encodeWords(words: readonly string[]): EncodedText {
    return this.#encode(words, this.#vectorizer.transform(words), this.bag);
  }

  /** Returns what each word adds to the logits of the bag of words: [T · C]. */
  bagContributions(words: readonly string[]): Float32Array {
    return this.bag.contributions(this.#vectorizer.transform(words), words.length);
  }

  #encode(all: readonly string[], bagFeatures: TextFeatures, bag: BagOfWords): EncodedText {
    const kept = keptPositions(all.length, this.config.maxLength);
    const words = Array.from(kept, (k) => all[k] as string);
    return {
      words,
      ids: Int32Array.from(words, (word) => this.vocab.idOf(word)),
      features: this.#handCrafted(all, bagFeatures, bag, kept),
      bagLogits: bag.logits(bagFeatures),
    };
  }

  /** Returns the features of the kept tokens: AFINN valence, then log odds for each class. */
  #handCrafted(all: readonly string[], bagFeatures: TextFeatures, bag: BagOfWords, kept: Int32Array): Float32Array {
    const F = this.tokenFeatures;
    const features = new Float32Array(kept.length * F);
    if (this.config.lexicon) {
      const values = valences(all);
      for (const [t, k] of kept.entries()) features[t * F] = (values[k] as number) / VALENCE_UNIT;
    }
    if (this.config.nbFeatures) {
      const C = bag.bias.length;
      const logOdds = bag.contributions(bagFeatures, all.length);
      for (const [t, k] of kept.entries())
        for (let c = 0; c < C; c++) features[(t + 1) * F - C + c] = (logOdds[k * C + c] as number) / LOG_ODDS_UNIT;
    }
    return features;
  }
}

const VALENCE_UNIT = 3; //      the valence of a strong word in AFINN
const LOG_ODDS_UNIT = 0.05; // the log odds of a usual word of a long text
const FOLDS = 5; // for features that do not overfit

/** Returns the words of a text, or one unknown word when it has none. */
function wordsOf(text: string, config: Pick<TokenizerConfig, 'cased'>): string[] {
  const words = tokenize(text, config).map(({ word }) => word);
  return words.length > 0 ? words : [''];
}

/** Returns which of T tokens are kept: all, or the first quarter of `maxLength` and the last three. */
export function keptPositions(T: number, maxLength: number): Int32Array {
  const head = Math.floor(maxLength / 4);
  return Int32Array.from({ length: Math.min(T, maxLength) }, (_, k) =>
    T <= maxLength || k < head ? k : T - maxLength + k,
  );
}

import {
  BagOfWords,
  type BagOfWordsFit,
  type FeatureKinds,
  FeatureReader,
  type TextFeatures,
  valences,
} from '../baseline/index.ts';
import type { EncodedText } from './encoded-text.ts';
import { tokensOf } from './tokens.ts';
import { WordList } from './word-list.ts';

/** How a text is read. */
export interface ReaderConfig {
  readonly foldCase: boolean;
  /** Tokens the network reads of a text: of a longer one the first quarter of so many, and the last three. */
  readonly maxTokens: number;
  /** Whether the network sees each word's AFINN valence. */
  readonly lexicon: boolean;
  /** Whether it sees what the bag of words holds of each word. */
  readonly evidence: boolean;
  readonly features: FeatureKinds;
}

export interface ReaderFit extends ReaderConfig, BagOfWordsFit {
  /** How often a word must occur to be known by number. */
  readonly minCount: number;
}

/** Turns texts into what the network reads: its words by number, what the lexicon says of them, and what the bag of words says of all. */
export class TextReader {
  readonly config: ReaderConfig;
  readonly words: WordList;
  readonly bag: BagOfWords;
  readonly #features: FeatureReader;

  /**
   * Learns words and bag of words from the training texts.
   *
   * @returns the reader, and the texts as it reads them
   */
  static fit(
    texts: readonly string[],
    labels: Int32Array,
    { classes, minCount, minTexts, penalty, ...config }: ReaderFit,
  ): { reader: TextReader; encoded: EncodedText[] } {
    const tokens = texts.map((text) => wordsOf(text, config));
    const reader = new FeatureReader(config.features);
    const features = tokens.map((words) => reader.read(words));
    const options = { classes, minTexts, penalty };
    const fitted = new TextReader(config, WordList.of(tokens, minCount), BagOfWords.fit(features, labels, options));
    const bags = config.evidence ? bagsOfOthers(features, labels, options) : [fitted.bag];
    const encoded = tokens.map((words, k) =>
      fitted.#encode(words, features[k] as TextFeatures, bags[k % bags.length] as BagOfWords),
    );
    return { reader: fitted, encoded };
  }

  constructor(config: ReaderConfig, words: WordList, bag: BagOfWords) {
    this.config = config;
    this.words = words;
    this.bag = bag;
    this.#features = new FeatureReader(config.features);
  }

  /** How many numbers are known of each token outright. */
  get signals(): number {
    return (this.config.lexicon ? 1 : 0) + (this.config.evidence ? this.bag.bias.length : 0);
  }

  read(text: string): EncodedText {
    return this.readWords(wordsOf(text, this.config));
  }

  /** @param words one at least */
  readWords(words: readonly string[]): EncodedText {
    return this.#encode(words, this.#features.read(words), this.bag);
  }

  /** What the bag of words holds against or for each class because of each word: [T · C]. */
  evidence(words: readonly string[]): Float32Array {
    return this.bag.evidence(this.#features.read(words), words.length);
  }

  #encode(all: readonly string[], features: TextFeatures, bag: BagOfWords): EncodedText {
    const kept = places(all.length, this.config.maxTokens);
    const words = Array.from(kept, (k) => all[k] as string);
    return {
      words,
      ids: Int32Array.from(words, (word) => this.words.numberOf(word)),
      signals: this.#signals(all, features, bag, kept),
      prior: bag.score(features),
    };
  }

  /** What is known outright of the tokens that are kept: the lexicon's valence, the bag's evidence for each class. */
  #signals(all: readonly string[], features: TextFeatures, bag: BagOfWords, kept: Int32Array): Float32Array {
    const S = this.signals;
    const signals = new Float32Array(kept.length * S);
    if (this.config.lexicon) {
      const values = valences(all);
      for (const [t, k] of kept.entries()) signals[t * S] = (values[k] as number) / VALENCE_UNIT;
    }
    if (this.config.evidence) {
      const C = bag.bias.length;
      const evidence = bag.evidence(features, all.length);
      for (const [t, k] of kept.entries())
        for (let c = 0; c < C; c++) signals[(t + 1) * S - C + c] = (evidence[k * C + c] as number) / EVIDENCE_UNIT;
    }
    return signals;
  }
}

const EVIDENCE_UNIT = 0.05; // log odds; what a word of a long text usually brings
const FOLDS = 5;

/** Bags of words of which number k mod {@link FOLDS} has not learnt from text k: what it holds of its words is honest. */
const bagsOfOthers = (features: readonly TextFeatures[], labels: Int32Array, options: BagOfWordsFit): BagOfWords[] =>
  Array.from({ length: FOLDS }, (_, fold) => {
    const isOther = (_: unknown, k: number): boolean => k % FOLDS !== fold;
    return BagOfWords.fit(features.filter(isOther), labels.filter(isOther), options);
  });

const VALENCE_UNIT = 3; // AFINN's usual strong word

/** The words of a text; one unknown word where it has none. */
function wordsOf(text: string, config: Pick<ReaderConfig, 'foldCase'>): string[] {
  const words = tokensOf(text, config).map(({ word }) => word);
  return words.length > 0 ? words : [''];
}

/** Which of T tokens are read: all, or the first quarter of `max` and the last three. */
export function places(T: number, max: number): Int32Array {
  const head = Math.floor(max / 4);
  return Int32Array.from({ length: Math.min(T, max) }, (_, k) => (T <= max || k < head ? k : T - max + k));
}

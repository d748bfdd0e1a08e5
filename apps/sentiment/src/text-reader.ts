import type { Rng } from '@unroll/rnn-core';
import type { BagOfWords, Opinion } from './bag-of-words.ts';
import { fitBagOfWords, type JudgedText, outOfFoldOpinions } from './bag-of-words-fit.ts';
import type { EncodedText } from './encoded-text.ts';
import { valences } from './lexicon.ts';
import { type FeatureKinds, FeatureReader } from './text-features.ts';
import { tokensOf } from './tokens.ts';
import { WordList } from './word-list.ts';

/** How a text is read. */
export interface ReaderConfig {
  readonly foldCase: boolean;
  /** Tokens the network reads of a text: of a longer one the first quarter of so many, and the last three. */
  readonly maxTokens: number;
  /** Whether the network sees each word's AFINN valence. */
  readonly lexicon: boolean;
  /** Whether the network sees what the bag of words says of each token. */
  readonly evidence: boolean;
  readonly features: FeatureKinds;
}

export interface ReaderFit extends ReaderConfig {
  readonly classes: number;
  /** How often a word must occur to be known by number. */
  readonly minCount: number;
  /** In how many texts a feature of the bag of words must occur. */
  readonly minTexts: number;
  readonly penalty: number;
}

/** Turns texts into what the network reads: its words by number, and what the lexicon and the bag of words say of them. */
export class TextReader {
  readonly config: ReaderConfig;
  readonly words: WordList;
  readonly bag: BagOfWords;
  readonly #features: FeatureReader;

  /**
   * Learns words and bag of words from the training texts.
   *
   * @returns the reader, and the texts as it reads them, each by a bag of words that was not fitted on it
   */
  static fit(
    texts: readonly string[],
    labels: Int32Array,
    { classes, minCount, minTexts, penalty, ...config }: ReaderFit,
    rng: Rng,
  ): { reader: TextReader; encoded: EncodedText[] } {
    const tokens = texts.map((text) => wordsOf(text, config));
    const features = new FeatureReader(config.features);
    const judged = tokens.map(
      (words, k): JudgedText => ({ features: features.read(words), T: words.length, label: labels[k] as number }),
    );
    const bag = fitBagOfWords(judged, { classes, minTexts, penalty });
    const order = rng.permutation(texts.length);
    const opinions = config.evidence
      ? outOfFoldOpinions(judged, { classes, minTexts, penalty, order, folds: FOLDS })
      : judged.map(({ features, T }) => bag.judge(features, T));
    const reader = new TextReader(config, WordList.of(tokens, minCount), bag);
    return { reader, encoded: tokens.map((words, k) => reader.#encode(words, opinions[k] as Opinion)) };
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
    return this.#encode(words, this.opinion(words));
  }

  /** What the bag of words says of words in a row. */
  opinion(words: readonly string[]): Opinion {
    return this.bag.judge(this.#features.read(words), words.length);
  }

  #encode(all: readonly string[], { scores, evidence }: Opinion): EncodedText {
    const kept = places(all.length, this.config.maxTokens);
    const words = Array.from(kept, (k) => all[k] as string);
    const S = this.signals;
    const C = scores.length;
    const signals = new Float32Array(kept.length * S);
    const values = this.config.lexicon ? valences(all) : undefined;
    for (const [t, k] of kept.entries()) {
      let at = t * S;
      if (values) signals[at++] = (values[k] as number) / VALENCE_UNIT;
      if (this.config.evidence) signals.set(evidence.subarray(k * C, (k + 1) * C), at);
    }
    return { ids: Int32Array.from(words, (word) => this.words.numberOf(word)), words, signals, prior: scores };
  }
}

const FOLDS = 5;
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

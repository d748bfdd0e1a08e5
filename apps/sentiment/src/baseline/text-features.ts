import { ownCopy } from '../tokenizer/own-copy.ts';
import { characterNgrams } from './character-ngrams.ts';
import { valences } from './lexicon.ts';
import { hashPair, hashString } from './string-hash.ts';

/** What a linear model may see of a text. */
export interface FeatureKinds {
  /** Words in a row: 1 for words alone, 2 for pairs as well. */
  readonly words: 1 | 2;
  /** Parts of words; see {@link characterNgrams}. */
  readonly characters: boolean;
  /** What the AFINN lexicon says of the words, summed. */
  readonly lexicon: boolean;
}

/** The features of a text by the token they belong to, so that a linear model's verdict can be told word by word. */
export interface TextFeatures {
  /** A number for each feature, features of equal name equal. */
  readonly hashes: Int32Array;
  /** Which token each one belongs to; -1 for those of the whole text. */
  readonly tokens: Int32Array;
}

/** Takes a text's features, remembering those of words it has met. */
export class FeatureReader {
  readonly #kinds: FeatureKinds;
  readonly #known = new Map<string, WordFeatures>();

  constructor(kinds: FeatureKinds) {
    this.#kinds = kinds;
  }

  read(tokens: readonly string[]): TextFeatures {
    const known = tokens.map((token) => this.#featuresOf(token));
    const ofText = this.#kinds.lexicon ? lexiconFeatures(tokens) : [];
    const pairs = this.#kinds.words === 2 ? tokens.length + 1 : 0;
    const size = known.reduce((sum, { parts }) => sum + 1 + parts.length, pairs + ofText.length);
    const hashes = new Int32Array(size);
    const owners = new Int32Array(size);
    let at = 0;
    const push = (hash: number, owner: number): void => {
      hashes[at] = hash;
      owners[at++] = owner;
    };
    let previous = EDGE;
    for (const [k, { word, parts }] of known.entries()) {
      push(word, k);
      if (pairs > 0) push(hashPair(previous, word), k);
      for (const part of parts) push(part, k);
      previous = word;
    }
    if (pairs > 0) push(hashPair(previous, EDGE), tokens.length - 1);
    for (const hash of ofText) push(hash, -1);
    return { hashes, tokens: owners };
  }

  #featuresOf(token: string): WordFeatures {
    const known = this.#known.get(token);
    if (known) return known;
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    const features = {
      word: hashString(token, WORD),
      parts: this.#kinds.characters ? characterNgrams(token) : NONE,
    };
    this.#known.set(ownCopy(token), features);
    return features;
  }
}

interface WordFeatures {
  readonly word: number;
  readonly parts: Int32Array;
}

const WORD = 0x30bd;
const LEXICON = 0x1ec5;
const EDGE = hashString('', 0xed6e); // stands before the first word and behind the last
const NONE = new Int32Array();
const REMEMBERED = 100_000; // words; a stream of texts has no end of new ones
const STRONGEST = 4;

/** The summed valence as a scale of thresholds, and whether any word speaks for and any against. */
function lexiconFeatures(tokens: readonly string[]): number[] {
  let sum = 0;
  let [isPraised, isBlamed] = [false, false];
  for (const value of valences(tokens)) {
    sum += value;
    isPraised ||= value > 0;
    isBlamed ||= value < 0;
  }
  const features: number[] = [];
  for (let threshold = -STRONGEST; threshold < Math.min(sum, STRONGEST); threshold++)
    features.push(hashPair(LEXICON, threshold));
  if (isPraised) features.push(hashPair(LEXICON, 100));
  if (isBlamed) features.push(hashPair(LEXICON, 101));
  return features;
}

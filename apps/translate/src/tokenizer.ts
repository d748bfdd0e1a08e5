import { DataError, type JsonObject } from '@unroll/rnn-core';
import { type BpeDropout, BpeTokenizer } from '@unroll/text';

const EOS = '</s>';
const MAX_TOKENS = 2000; // far beyond any sentence, and still within the memory of a small machine

/** Of {@link TranslationTokenizer.train}. */
export interface TokenizerConfig {
  /** Subwords of each vocabulary. */
  readonly vocabSize: number;
  /** One vocabulary for both languages. */
  readonly jointVocab: boolean;
}

/** A sentence and its translation. */
export interface TextPair {
  readonly source: string;
  readonly target: string;
}

/** A sentence and its translation as ids, without end-of-sentence tokens. */
export interface IdPair {
  readonly source: Int32Array;
  readonly target: Int32Array;
}

/** Ids of the end-of-sentence tokens, which also begin a sentence. */
export interface EosIds {
  readonly source: number;
  readonly target: number;
}

/** The byte-level BPE tokenizers of both languages. */
export class TranslationTokenizer {
  readonly source: BpeTokenizer;
  readonly target: BpeTokenizer;
  readonly eos: EosIds;

  /** Learns the merges from parallel text. */
  static train(pairs: readonly TextPair[], { vocabSize: size, jointVocab }: TokenizerConfig): TranslationTokenizer {
    const options = { vocabSize: size, specialTokens: [EOS], addPrefixSpace: true };
    const [sources, targets] = [pairs.map((pair) => pair.source), pairs.map((pair) => pair.target)];
    if (jointVocab) {
      const joint = BpeTokenizer.train([...sources, ...targets], options);
      return new TranslationTokenizer(joint, joint);
    }
    return new TranslationTokenizer(BpeTokenizer.train(sources, options), BpeTokenizer.train(targets, options));
  }

  /**
   * Reads a tokenizer back.
   *
   * @param json what {@link toJson} returned
   */
  static fromJson(json: JsonObject): TranslationTokenizer {
    const { source, target } = json;
    if (source === undefined || target === undefined) {
      const joint = BpeTokenizer.fromJson(json);
      return new TranslationTokenizer(joint, joint);
    }
    return new TranslationTokenizer(BpeTokenizer.fromJson(source), BpeTokenizer.fromJson(target));
  }

  private constructor(source: BpeTokenizer, target: BpeTokenizer) {
    this.source = source;
    this.target = target;
    this.eos = { source: source.idOf(EOS), target: target.idOf(EOS) };
  }

  /** Whether both languages have one vocabulary. */
  get isJoint(): boolean {
    return this.source === this.target;
  }

  /**
   * Returns the ids of both sentences, without special tokens.
   *
   * @param dropout skips merges at random, for training
   */
  encode({ source, target }: TextPair, dropout?: BpeDropout): IdPair {
    return { source: this.source.encode(source, dropout), target: this.target.encode(target, dropout) };
  }

  /**
   * As {@link encode}, for a pair whose log-probability is computed at once.
   *
   * @param where what the error calls the pair
   * @throws DataError when a side is too long
   */
  encodePair(pair: TextPair, where: string): IdPair {
    const ids = this.encode(pair);
    checkTokens(ids.source, `${where}: source`);
    checkTokens(ids.target, `${where}: target`);
    return ids;
  }

  /**
   * Ids of a source sentence with its end-of-sentence token, without white space at its ends.
   *
   * @param where what the error calls the sentence
   * @throws DataError when it is too long to translate
   */
  encodeSource(text: string, where = 'sentence'): Int32Array {
    const ids = this.source.encode(cleaned(text));
    checkTokens(ids, where);
    return withEos(ids, this.eos.source);
  }

  /** The content of `tokenizer.json`: one Hugging Face file, or an object of two. */
  toJson(): JsonObject {
    return this.isJoint ? plain(this.source) : { source: plain(this.source), target: plain(this.target) };
  }
}

function checkTokens({ length }: Int32Array, where: string): void {
  if (length > MAX_TOKENS)
    throw new DataError(
      `${where}: must be at most ${MAX_TOKENS} tokens, got ${length}; split it into shorter sentences`,
    );
}

/** Ids followed by the end-of-sentence token. */
export function withEos(ids: Int32Array, eos: number): Int32Array {
  const all = new Int32Array(ids.length + 1);
  all.set(ids);
  all[ids.length] = eos;
  return all;
}

/** Text in normalization form C, without white space at its ends. */
export const cleaned = (text: string): string => text.normalize('NFC').trim();

/** A tokenizer as a JSON object. */
const plain = (tokenizer: BpeTokenizer): JsonObject => JSON.parse(JSON.stringify(tokenizer)) as JsonObject;

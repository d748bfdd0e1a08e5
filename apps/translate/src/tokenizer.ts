import { type JsonObject, jsonObject, parseJson } from '@unroll/run';
import { type BpeDropout, BpeTokenizer } from '@unroll/text';
import type { Pair } from './data/pairs.ts';
import type { Boundaries, IdPair } from './training/teacher-forcing.ts';

const BOUNDARY = '</s>';

export interface SubwordConfig {
  /** Entries of each vocabulary. */
  readonly vocab: number;
  /** One vocabulary for both languages. */
  readonly joint: boolean;
}

/** The subwords of both languages, and the token that begins and ends every sentence of each. */
export class Subwords {
  readonly source: BpeTokenizer;
  readonly target: BpeTokenizer;
  readonly boundaries: Boundaries;

  /** Learns them from parallel text. */
  static learn(pairs: readonly Pair[], { vocab: size, joint }: SubwordConfig): Subwords {
    const options = { size, specials: [BOUNDARY], leadingBlank: true };
    const [sources, targets] = [pairs.map((pair) => pair.source), pairs.map((pair) => pair.target)];
    if (joint) {
      const both = BpeTokenizer.train([...sources, ...targets], options);
      return new Subwords(both, both);
    }
    return new Subwords(BpeTokenizer.train(sources, options), BpeTokenizer.train(targets, options));
  }

  /** @param json what {@link toJson} gave */
  static fromJson(json: JsonObject): Subwords {
    const { source, target } = json;
    if (source === undefined || target === undefined) {
      const both = BpeTokenizer.fromJson(json);
      return new Subwords(both, both);
    }
    return new Subwords(BpeTokenizer.fromJson(source), BpeTokenizer.fromJson(target));
  }

  private constructor(source: BpeTokenizer, target: BpeTokenizer) {
    this.source = source;
    this.target = target;
    this.boundaries = { source: source.idOf(BOUNDARY), target: target.idOf(BOUNDARY) };
  }

  get isJoint(): boolean {
    return this.source === this.target;
  }

  /** @param dropout leaves merges out, so that training sees many spellings */
  encode({ source, target }: Pick<Pair, 'source' | 'target'>, dropout?: BpeDropout): IdPair {
    return { source: this.source.encode(source, dropout), target: this.target.encode(target, dropout) };
  }

  /** For `tokenizer.json`: a joint vocabulary is the file Hugging Face's libraries read, two are two of them. */
  toJson(): JsonObject {
    return this.isJoint ? plain(this.source) : { source: plain(this.source), target: plain(this.target) };
  }
}

/** A tokenizer as plain JSON. */
const plain = (tokenizer: BpeTokenizer): JsonObject =>
  parseJson(jsonObject, JSON.stringify(tokenizer), 'tokenizer.json');

import { tokenizeWords, type WordTag } from '@unroll/text';

/** A token of a text. */
export interface Token {
  /** As written in the text. */
  readonly value: string;
  /** Normalised, as in the vocabulary: all mentions are one word, and so are all addresses. */
  readonly word: string;
  readonly tag: WordTag;
  /** Where it begins in the text, in UTF-16 code units. */
  readonly start: number;
}

const LINE_BREAK = /<br\s*\/?>/gi; // as in reviews from web pages

/** Splits a text into tokens; `cased: false` lower-cases their words. */
export function tokenize(text: string, { cased }: { readonly cased: boolean }): Token[] {
  const plain = text.replaceAll(LINE_BREAK, (tag) => ' '.repeat(tag.length));
  return tokenizeWords(plain).map(({ value, tag, start }) => ({
    value,
    tag,
    start,
    word: normalize(value, tag, cased),
  }));
}

function normalize(value: string, tag: WordTag, cased: boolean): string {
  if (tag === 'mention') return '@';
  if (tag === 'url' || tag === 'email') return 'http:';
  return cased ? value : value.toLowerCase();
}

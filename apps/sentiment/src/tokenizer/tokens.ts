import { tokenizeWords, type WordTag } from '@unroll/text';

/** A token of a text. */
export interface Token {
  /** As it stands in the text. */
  readonly value: string;
  /** As it is known to the model: all mentions are one word, and all addresses. */
  readonly word: string;
  readonly tag: WordTag;
  /** Where it begins in the text, in UTF-16 code units. */
  readonly start: number;
}

const LINE_BREAK = /<br\s*\/?>/gi; // as reviews from web pages have it

/** A text's tokens, the way every part of the application sees them. */
export function tokensOf(text: string, { foldCase }: { readonly foldCase: boolean }): Token[] {
  const plain = text.replaceAll(LINE_BREAK, (tag) => ' '.repeat(tag.length));
  return tokenizeWords(plain).map(({ value, tag, start }) => ({
    value,
    tag,
    start,
    word: wordOf(value, tag, foldCase),
  }));
}

function wordOf(value: string, tag: WordTag, foldCase: boolean): string {
  if (tag === 'mention') return '@';
  if (tag === 'url' || tag === 'email') return 'http:';
  return foldCase ? value.toLowerCase() : value;
}

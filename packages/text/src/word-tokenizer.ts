// @ts-expect-error -- wink-tokenizer ships no types; `Wink` is what is used of it
import winkTokenizer from 'wink-tokenizer';

interface Wink {
  tokenize(text: string): { readonly value: string; readonly tag: string }[];
}

/** What kind of token it is, in wink-tokenizer's terms; `alien` is all it has no name for. */
export type WordTag =
  | 'alien'
  | 'currency'
  | 'email'
  | 'emoji'
  | 'emoticon'
  | 'hashtag'
  | 'mention'
  | 'number'
  | 'ordinal'
  | 'punctuation'
  | 'quoted_phrase'
  | 'symbol'
  | 'time'
  | 'url'
  | 'word';

export interface WordToken {
  /** As it stands in the text, a typographic apostrophe made a plain one. */
  readonly value: string;
  readonly tag: WordTag;
  /** Where it begins, in UTF-16 code units. */
  readonly start: number;
}

const wink: Wink = winkTokenizer();

/**
 * Words, numbers, punctuation, emoji, emoticons, hashtags, mentions, addresses and amounts, contractions parted as the Penn
 * Treebank does (`ca` `n't`). Source: wink-tokenizer, with three things mended: a typographic apostrophe makes a contraction
 * too; a word is not cut at a letter outside Latin-1 (`Œuvre`, `świetny`, `хорошо`); and no character but blanks is lost.
 */
export function tokenizeWords(text: string): WordToken[] {
  const plain = text.replaceAll('’', "'");
  const tokens: WordToken[] = [];
  let at = 0;
  for (const { value, tag } of wink.tokenize(plain)) {
    const start = plain.indexOf(value, at);
    if (value === '' || start < 0) continue; // then its characters are found below
    keep(tokens, plain, at, start);
    append(tokens, { value, tag: tag as WordTag, start });
    at = start + value.length;
  }
  keep(tokens, plain, at, plain.length);
  return tokens;
}

/** Makes tokens of what wink passed over between two places. */
function keep(tokens: WordToken[], text: string, from: number, to: number): void {
  if (from === to) return;
  for (const { 0: value, index } of text.slice(from, to).matchAll(/\S+/g))
    append(tokens, { value, tag: 'alien', start: from + index });
}

const LETTERS = /^[\p{L}\p{M}]+$/u;
const isWord = ({ value, tag }: WordToken): boolean => (tag === 'word' || tag === 'alien') && LETTERS.test(value);

/** Appends a token: to the one before, when both are letters alone and nothing lies between, since then wink has cut a word. */
function append(tokens: WordToken[], token: WordToken): void {
  const last = tokens.at(-1);
  const wasCut =
    last !== undefined && last.start + last.value.length === token.start && isWord(last) && isWord(token);
  if (wasCut) tokens[tokens.length - 1] = { ...last, value: last.value + token.value };
  else tokens.push(isWord(token) ? { ...token, tag: 'word' } : token);
}

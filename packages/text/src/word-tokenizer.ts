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
  | 'symbol'
  | 'time'
  | 'url'
  | 'word';

export interface WordToken {
  /** As it stands in the text, a typographic apostrophe in a word made a plain one. */
  readonly value: string;
  readonly tag: WordTag;
  /** Where it begins, in UTF-16 code units. */
  readonly start: number;
}

const wink: Wink = winkTokenizer();
const APOSTROPHE = /(?<=\p{L})’(?=\p{L})/gu; // elsewhere it closes a quotation

/**
 * What wink reads as a whole: what stands between two blanks, and with a number the hours behind it (`5 pm`). No other of its
 * patterns reaches over a blank, so that each stretch can be read alone.
 */
const STRETCH = /(?:\S*[\d:]\s(?=[aphAPH]))*\S+/g;
const REMEMBERED = 50_000; // stretches; a stream of texts has no end of new ones
const SHORT = 12; // code units; a longer slice of a text would keep all of the text in memory
const remembered = new Map<string, readonly WordToken[]>();

/**
 * Words, numbers, punctuation, emoji, emoticons, hashtags, mentions, addresses and amounts, contractions parted as the Penn
 * Treebank does (`ca` `n't`). Source: wink-tokenizer, with four things mended: a typographic apostrophe makes a contraction
 * too; a word, hashtag or mention is not cut at a letter outside Latin-1 (`Œuvre`, `świetny`, `#Łódź`); scripts without
 * blanks are parted into words; and no character but blanks is lost.
 */
export function tokenizeWords(text: string): WordToken[] {
  const tokens: WordToken[] = [];
  const plain = text.includes('’') ? text.replaceAll(APOSTROPHE, "'") : text;
  for (const { 0: stretch, index } of plain.matchAll(STRETCH))
    for (const { value, tag, start } of tokensOfStretch(stretch)) tokens.push({ value, tag, start: index + start });
  return tokens;
}

function tokensOfStretch(stretch: string): readonly WordToken[] {
  if (stretch.length > SHORT) return tokenizeStretch(stretch);
  let tokens = remembered.get(stretch);
  if (tokens) return tokens;
  if (remembered.size >= REMEMBERED) remembered.clear();
  remembered.set(stretch, (tokens = tokenizeStretch(stretch)));
  return tokens;
}

function tokenizeStretch(text: string): WordToken[] {
  const tokens: WordToken[] = [];
  let at = 0;
  for (const { value, tag } of wink.tokenize(text)) {
    const start = text.indexOf(value, at);
    if (tag === 'alien' || value === '' || start < 0) continue; // then its characters are found below
    keep(tokens, text, at, start);
    append(tokens, { value, tag: tag as WordTag, start });
    at = start + value.length;
  }
  keep(tokens, text, at, text.length);
  return tokens;
}

/** Makes tokens of what wink passed over between two places. */
function keep(tokens: WordToken[], text: string, from: number, to: number): void {
  for (const { 0: value, index } of text.slice(from, to).matchAll(/\S+/g)) {
    const parts = UNSPACED.test(value) ? segmenter.segment(value) : [{ segment: value, index: 0 }];
    for (const part of parts) append(tokens, { value: part.segment, tag: 'alien', start: from + index + part.index });
  }
}

/** Scripts that put no blanks between words; Unicode's word boundaries part them by dictionary. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

const LETTERS = /^[\p{L}\p{M}]+$/u;
const isWord = ({ value, tag }: WordToken): boolean => (tag === 'word' || tag === 'alien') && LETTERS.test(value);

/** Appends a token: to the one before, where wink has cut a word, a hashtag or a mention at a letter it does not know. */
function append(tokens: WordToken[], token: WordToken): void {
  const last = tokens.at(-1);
  const tag =
    last && isWord(token) && last.start + last.value.length === token.start ? tagTogether(last, token) : undefined;
  if (last && tag) tokens[tokens.length - 1] = { ...last, tag, value: last.value + token.value };
  else tokens.push(isWord(token) ? { ...token, tag: 'word' } : token);
}

/** What a token and the word that begins where it ends are together; undefined when they are two. */
function tagTogether(last: WordToken, word: WordToken): WordTag | undefined {
  if (last.tag === 'hashtag' || last.tag === 'mention') return last.tag;
  if (isWord(last)) return UNSPACED.test(last.value + word.value) ? undefined : 'word';
  if (last.value === '#') return 'hashtag';
  if (last.value === '@') return 'mention';
  return undefined;
}

// @ts-expect-error -- wink-tokenizer ships no types; `Wink` declares the part in use
import winkTokenizer from 'wink-tokenizer';

interface Wink {
  tokenize(text: string): { readonly value: string; readonly tag: string }[];
}

/** The kind of a token, in wink-tokenizer's terms; `alien` is everything it has no name for. */
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

/** A token of a text, with its kind and position. */
export interface WordToken {
  /** The token as in the text, with a plain apostrophe for a typographic one inside a word. */
  readonly value: string;
  readonly tag: WordTag;
  /** Position in the text, in UTF-16 code units. */
  readonly start: number;
}

const wink: Wink = winkTokenizer();
const APOSTROPHE = /(?<=\p{L})’(?=\p{L})/gu; // elsewhere it is a closing quotation mark

/**
 * The part of a text that is tokenized on its own: everything between two spaces, together with the unit of time after a
 * number (`5 pm`). No other pattern of wink-tokenizer reaches across a space.
 */
const SEGMENT = /(?:\S*[\d:]\s(?=[aphAPH]))*\S+/g;

const CACHE_SIZE = 50_000; // segments; an endless stream of texts has an endless number of them
const LONGEST_CACHED = 12; // code units; a longer slice would keep the whole text in memory
const cache = new Map<string, readonly WordToken[]>();

/**
 * Splits a text into words, numbers, punctuation, emoji, emoticons, hashtags, mentions, addresses and amounts, and
 * contractions as the Penn Treebank does (`ca` `n't`).
 *
 * Source: wink-tokenizer, with five corrections: a typographic apostrophe makes a contraction too; a word, hashtag or
 * mention is not split at a letter outside Latin-1 (`Œuvre`, `świetny`, `#Łódź`); scripts without spaces are split into
 * words; no character but white space is lost; and text of a thousand characters without a space does not take
 * quadratic time.
 */
export function tokenizeWords(text: string): WordToken[] {
  const tokens: WordToken[] = [];
  const plain = text.includes('’') ? text.replaceAll(APOSTROPHE, "'") : text;
  for (const { 0: segment, index } of plain.matchAll(SEGMENT))
    for (let from = 0; from < segment.length; ) {
      const end = from + chunkLength(segment, from);
      for (const { value, tag, start } of cachedTokens(segment.slice(from, end)))
        tokens.push({ value, tag, start: index + from + start });
      from = end;
    }
  return tokens;
}

const LONGEST = 1000; // code units; wink-tokenizer takes time quadratic in the length of a word or number
const CLAUSE_END = /[,;!?…)\]}”—、。，；：！？」』）]/;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The length of what is tokenized at once: up to a clause's end if possible, not inside a character. */
function chunkLength(segment: string, from: number): number {
  if (segment.length - from <= LONGEST) return segment.length - from;
  for (let length = LONGEST; length > LONGEST / 2; length--)
    if (CLAUSE_END.test(segment[from + length - 1] as string)) return length;
  const ahead = segment.slice(from, from + LONGEST + 32);
  return graphemes.segment(ahead).containing(LONGEST)?.index || LONGEST;
}

function cachedTokens(segment: string): readonly WordToken[] {
  if (segment.length > LONGEST_CACHED) return tokenizeSegment(segment);
  let tokens = cache.get(segment);
  if (tokens) return tokens;
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(segment, (tokens = tokenizeSegment(segment)));
  return tokens;
}

function tokenizeSegment(text: string): WordToken[] {
  const tokens: WordToken[] = [];
  let position = 0;
  const found = wink.tokenize(text);
  for (const [k, { value, tag }] of found.entries()) {
    const start = locate(text, position, value, found[k + 1]?.value);
    if (tag === 'alien' || value === '' || start < 0) continue; // then its characters are added below
    appendSkipped(tokens, text, position, start);
    append(tokens, { value, tag: tag as WordTag, start });
    position = start + value.length;
  }
  appendSkipped(tokens, text, position, text.length);
  return tokens;
}

const LATIN_WORD = /[a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff']/i;

/**
 * Finds a token of wink-tokenizer in the text, which does not say where it was: at `position` or, after characters that
 * wink-tokenizer drops, later; −1 if it is not in the text.
 *
 * Before an ending such as `'s`, wink-tokenizer drops all of a word but its last letters: of `it'sit's` it returns `sit`
 * and `'s`. These two are at the end of the word, not where the letters occur first.
 */
function locate(text: string, position: number, value: string, next = ''): number {
  if (!next.startsWith("'")) return text.indexOf(value, position);
  const pair = value + next;
  for (let start = text.indexOf(pair, position); start >= 0; start = text.indexOf(pair, start + 1))
    if (!LATIN_WORD.test(text[start + pair.length] ?? '')) return start;
  return text.indexOf(value, position);
}

/** Appends what wink-tokenizer skipped between two positions. */
function appendSkipped(tokens: WordToken[], text: string, from: number, to: number): void {
  for (const { 0: value, index } of text.slice(from, to).matchAll(/\S+/g)) {
    const parts = UNSPACED.test(value) ? dictionaryWords.segment(value) : [{ segment: value, index: 0 }];
    for (const part of parts) append(tokens, { value: part.segment, tag: 'alien', start: from + index + part.index });
  }
}

/** Scripts without spaces between words; Unicode's word boundaries come from a dictionary. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const dictionaryWords = new Intl.Segmenter('en', { granularity: 'word' });

const LETTERS = /^[\p{L}\p{M}]+$/u;
const isWord = ({ value, tag }: WordToken): boolean => (tag === 'word' || tag === 'alien') && LETTERS.test(value);

/** Appends a token, joined to the previous one where wink-tokenizer splits a word, hashtag or mention at a letter. */
function append(tokens: WordToken[], token: WordToken): void {
  const last = tokens.at(-1);
  const tag =
    last && isWord(token) && last.start + last.value.length === token.start ? joinedTag(last, token) : undefined;
  if (last && tag) tokens[tokens.length - 1] = { ...last, tag, value: last.value + token.value };
  else tokens.push(isWord(token) ? { ...token, tag: 'word' } : token);
}

/** The tag of a token joined with the word directly after it; undefined when they are two tokens. */
function joinedTag(last: WordToken, word: WordToken): WordTag | undefined {
  if (last.tag === 'hashtag' || last.tag === 'mention') return last.tag;
  if (isWord(last)) return UNSPACED.test(last.value + word.value) ? undefined : 'word';
  if (last.value === '#') return 'hashtag';
  if (last.value === '@') return 'mention';
  return undefined;
}

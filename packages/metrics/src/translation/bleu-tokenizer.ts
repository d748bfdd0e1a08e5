import type { References } from './translation-metric.ts';
import { splitWords, trim } from './whitespace.ts';

// Characters that `zh` takes for words. Two ranges of sacreBLEU's list, meant for CJK Extension B and the compatibility
// supplement, are written there as '\u20000' … '\u2a6d6' and '\u2f800' … '\u2fa1d', which Python reads as two characters
// each; they cover U+2001 … U+2A6D and U+2F81 … U+2FA1 instead. Equal scores need the same ranges.
const CHINESE =
  /[\u2001-\u2a6d\u2e80-\u2eff\u2f00-\u2fdf\u2ff0-\u303f\u3100-\u312f\u31a0-\u31bf\u31c0-\u31ef\u3200-\u33ff\u3400-\u4db5\u4e00-\u9fbb\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef]/g;

/** How BLEU cuts a segment into words. Source: sacreBLEU's tokenizers of these names. */
export const bleuTokenizers = {
  /** mteval-v13a.pl, the default in WMT. */
  '13a': (text: string): string[] => splitWords(cutWestern(` ${unescapeSgml(text)} `)),
  /** Separates Chinese characters and cuts the rest as `13a`. */
  zh: (text: string): string[] => splitWords(cutWestern(trim(text).replace(CHINESE, ' $& '))),
  /** mteval-v14.pl with its international tokenization. */
  intl: (text: string): string[] =>
    splitWords(
      text
        .replace(/(\P{N})(\p{P})/gu, '$1 $2 ')
        .replace(/(\p{P})(\P{N})/gu, ' $1 $2')
        .replace(/(\p{S})/gu, ' $1 '),
    ),
  /** Takes every character for a word. */
  char: (text: string): string[] => splitWords(Array.from(text).join(' ')),
  /** Cuts at white space, for text that is tokenized. */
  none: (text: string): string[] => splitWords(text),
} as const;

/** A tokenizer of BLEU, by sacreBLEU's name. */
export type BleuTokenizer = keyof typeof bleuTokenizers;

/** Scripts of languages that `13a` cannot cut into words, in the order of precedence, and the tokenizer of each. */
const SCRIPTS = [
  { tokenizer: 'char', letters: /[\p{Script=Hiragana}\p{Script=Katakana}]/gu, minFraction: 0.1 }, // Japanese
  { tokenizer: 'zh', letters: /\p{Script=Han}/gu, minFraction: 0.3 },
  { tokenizer: 'char', letters: /\p{Script=Hangul}/gu, minFraction: 0.3 }, // words of Korean carry their particles
  {
    tokenizer: 'char', // no blanks between words
    letters: /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/gu,
    minFraction: 0.3,
  },
] as const;
const SCRIPT_SAMPLE = 100_000; // characters looked at to recognise the script

/**
 * Returns the tokenizer of BLEU for a language, recognised by its script: `zh` for Chinese; `char` for Japanese, Korean, Thai,
 * Lao, Khmer, Burmese and Tibetan; `13a` for the rest. sacreBLEU takes MeCab for Japanese and Korean, where it is told the language.
 */
export function bleuTokenizerFor(references: References): BleuTokenizer {
  let sample = '';
  for (const reference of references.flat()) {
    if (sample.length >= SCRIPT_SAMPLE) break;
    sample += reference ?? '';
  }
  const letters = count(sample, /\p{L}/gu);
  const found = SCRIPTS.find((script) => count(sample, script.letters) > script.minFraction * letters);
  return found?.tokenizer ?? '13a';
}

const count = (text: string, characters: RegExp): number => text.match(characters)?.length ?? 0;

function unescapeSgml(text: string): string {
  return text
    .replaceAll('<skipped>', '')
    .replaceAll('-\n', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
}

/** ASCII punctuation apart, but periods and commas inside numbers, apostrophes, and dashes that follow no digit. */
function cutWestern(text: string): string {
  return text
    .replace(/([{-~[-` -&(-+:-@/])/g, ' $1 ')
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])(-)/g, '$1 $2 ');
}

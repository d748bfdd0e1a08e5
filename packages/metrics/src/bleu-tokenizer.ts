import { splitWords } from './whitespace.ts';

/**
 * How BLEU cuts a segment into words. Source: sacreBLEU's tokenizers of these names; `13a` is mteval-v13a.pl,
 * the default in WMT, and `intl` is mteval-v14.pl with its international tokenization.
 */
export const bleuTokenizers = {
  '13a': (text: string): string[] => splitWords(cutWestern(` ${unescapeSgml(text)} `)),
  intl: (text: string): string[] =>
    splitWords(
      text
        .replace(/(\P{N})(\p{P})/gu, '$1 $2 ')
        .replace(/(\p{P})(\P{N})/gu, ' $1 $2')
        .replace(/(\p{S})/gu, ' $1 '),
    ),
  char: (text: string): string[] => splitWords(Array.from(text).join(' ')),
  none: (text: string): string[] => splitWords(text),
} as const;

export type BleuTokenizer = keyof typeof bleuTokenizers;

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

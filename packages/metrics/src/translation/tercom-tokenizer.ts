import { splitWords } from './whitespace.ts';

export interface TercomOptions {
  /** Cut punctuation off words and undo SGML escapes; default false. */
  readonly normalized?: boolean;
  /** Leave out punctuation; default false. */
  readonly noPunctuation?: boolean;
  /** Treat Chinese and Japanese too, character by character; default false. */
  readonly asian?: boolean;
  /** Default false. */
  readonly caseSensitive?: boolean;
}

const ASIAN_PUNCTUATION = '\u3001\u3002\u3008-\u3011\u3014-\u301f\uff61-\uff65\u30fb';
const FULL_WIDTH_PUNCTUATION = '\uff0e\uff0c\uff1f\uff1a\uff1b\uff01\uff02\uff08\uff09';
const IDEOGRAPHS = '\u2e80-\u2eff\u31c0-\u31ef\u3200-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f';

const ASIAN_MARKS = new RegExp(`[${ASIAN_PUNCTUATION}${FULL_WIDTH_PUNCTUATION}]`, 'g');
const ASIAN_CHARACTERS = new RegExp(`[${IDEOGRAPHS}${ASIAN_PUNCTUATION}${FULL_WIDTH_PUNCTUATION}]`, 'g');

/**
 * How TER cuts a segment into words. Source: tercom's Normalizer.java, as sacreBLEU's TercomTokenizer reads it; its
 * rules for runs of kana and for a final 's match nothing there and are not here.
 */
export function tercomWords(text: string, options: TercomOptions): string[] {
  const { normalized = false, noPunctuation = false, asian = false, caseSensitive = false } = options;
  let words = caseSensitive ? text : text.toLowerCase();
  if (normalized) {
    words = cutWestern(words);
    if (asian) words = words.replace(ASIAN_CHARACTERS, ' $& ');
  }
  if (noPunctuation) {
    words = words.replace(/[.,?:;!"()]/g, '');
    if (asian) words = words.replace(ASIAN_MARKS, '');
  }
  return splitWords(words);
}

function cutWestern(text: string): string {
  const plain = text
    .replaceAll('\n-', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
  return ` ${plain} `
    .replace(/([{-~[-` -&(-+:-@/])/g, ' $1 ')
    .replaceAll("'s ", " 's ")
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])(-)/g, '$1 $2 ');
}

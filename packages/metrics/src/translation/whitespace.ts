// What Python's str.split takes for white space, which is not JavaScript's \s: with the separators 1C–1F and 85, without FEFF.
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const BETWEEN_WORDS = new RegExp(`[${SPACE}]+`);
const AT_START = new RegExp(`^[${SPACE}]+`);
const AT_END = new RegExp(`[${SPACE}]+$`);

/** The words of a text, as Python's `text.split()`. */
export function splitWords(text: string): string[] {
  return text.split(BETWEEN_WORDS).filter((word) => word !== '');
}

/** As Python's `text.rstrip()`. */
export function trimEnd(text: string): string {
  return text.replace(AT_END, '');
}

/** As Python's `text.strip()`. */
export function trim(text: string): string {
  return trimEnd(text.replace(AT_START, ''));
}

/** Count of each n-gram. */
export type NgramCounts = Map<string, number>;

/** Word n-grams of one order, words joined by a space, which no word contains. */
export function wordNgrams(words: readonly string[], n: number): NgramCounts {
  const counts: NgramCounts = new Map();
  for (let start = 0; start + n <= words.length; start++) count(counts, words.slice(start, start + n).join(' '));
  return counts;
}

/** Character n-grams of one order; a character is a Unicode code point. */
export function characterNgrams(text: string, n: number): NgramCounts {
  const counts: NgramCounts = new Map();
  const starts = codePointStarts(text);
  for (let k = 0; k + n < starts.length; k++) count(counts, text.slice(starts[k], starts[k + n]));
  return counts;
}

export function total(counts: NgramCounts): number {
  let sum = 0;
  for (const occurrences of counts.values()) sum += occurrences;
  return sum;
}

/** Clipped number of common n-grams: the sum of the minimum of both counts. */
export function matches(a: NgramCounts, b: NgramCounts): number {
  let sum = 0;
  for (const [ngram, occurrences] of a) sum += Math.min(occurrences, b.get(ngram) ?? 0);
  return sum;
}

function count(counts: NgramCounts, ngram: string): void {
  counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
}

/** Start of each code point, then the end of the text. */
function codePointStarts(text: string): number[] {
  const starts = [0];
  let start = 0;
  for (const character of text) starts.push((start += character.length));
  return starts;
}

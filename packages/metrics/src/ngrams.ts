/** How often each n-gram occurs. */
export type NgramCounts = Map<string, number>;

/** Word n-grams of one order, their words joined by a space, which no word holds. */
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

/** How many n-grams two texts share, each as often as in the one that has fewer of it. */
export function matches(a: NgramCounts, b: NgramCounts): number {
  let sum = 0;
  for (const [ngram, occurrences] of a) sum += Math.min(occurrences, b.get(ngram) ?? 0);
  return sum;
}

function count(counts: NgramCounts, ngram: string): void {
  counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
}

/** Where each code point begins, and last where the text ends. */
function codePointStarts(text: string): number[] {
  const starts = [0];
  let start = 0;
  for (const character of text) starts.push((start += character.length));
  return starts;
}

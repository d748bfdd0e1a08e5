import { hashString } from './string-hash.ts';

const MIN_LENGTH = 3;
const MAX_LENGTH = 5;

/**
 * Returns the hashes of a word's character n-grams of three to five characters, its ends marked: `<good>` has `<go goo
 * ood od>`, and so on. Source: Bojanowski et al. 2017 (fastText).
 *
 * @param limit the most n-grams returned, the shortest first
 */
export function characterNgrams(word: string, limit = Number.POSITIVE_INFINITY): Int32Array {
  const marked = `<${word}>`;
  const hashes: number[] = [];
  for (let length = MIN_LENGTH; length <= MAX_LENGTH; length++)
    for (let from = 0; from + length <= marked.length && hashes.length < limit; from++)
      hashes.push(hashString(marked, SEED, from, from + length));
  return Int32Array.from(hashes);
}

const SEED = 0xc4a5;

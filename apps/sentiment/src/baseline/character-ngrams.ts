import { hashString } from './string-hash.ts';

const SHORTEST = 3;
const LONGEST = 5;

/**
 * The parts of a word, its ends marked: `<good>` has `<go goo ood od>`, then four and five letters at a time. What a
 * network knows of them it knows of words it has never seen. Source: Bojanowski et al. 2017 (fastText).
 *
 * @param limit how many at most, the shortest first
 * @returns their hashes
 */
export function characterNgrams(word: string, limit = Number.POSITIVE_INFINITY): Int32Array {
  const marked = `<${word}>`;
  const hashes: number[] = [];
  for (let length = SHORTEST; length <= LONGEST; length++)
    for (let from = 0; from + length <= marked.length && hashes.length < limit; from++)
      hashes.push(hashString(marked, SEED, from, from + length));
  return Int32Array.from(hashes);
}

const SEED = 0xc4a5;

/**
 * A 32-bit number for a piece of a string, signed.
 * Source: FNV-1a over UTF-16 code units, with the last mixing of MurmurHash3.
 *
 * @param seed sets apart what must not meet, such as words and parts of words
 */
export function hashString(text: string, seed: number, from = 0, to = text.length): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let k = from; k < to; k++) hash = Math.imul(hash ^ text.charCodeAt(k), 0x01000193);
  return mixed(hash);
}

/** A number for an ordered pair of hashes. */
export const hashPair = (a: number, b: number): number => mixed(Math.imul(a, 0x9e3779b1) ^ b);

function mixed(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

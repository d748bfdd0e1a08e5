/**
 * Returns the signed 32-bit hash of a substring.
 * Source: FNV-1a over UTF-16 code units, then the finalizer of MurmurHash3.
 *
 * @param seed separates name spaces, such as words and character n-grams
 */
export function hashString(text: string, seed: number, from = 0, to = text.length): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let k = from; k < to; k++) hash = Math.imul(hash ^ text.charCodeAt(k), 0x01000193);
  return finalize(hash);
}

/** Returns the hash of an ordered pair of hashes. */
export const hashPair = (a: number, b: number): number => finalize(Math.imul(a, 0x9e3779b1) ^ b);

function finalize(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

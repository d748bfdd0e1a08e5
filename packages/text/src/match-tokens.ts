/**
 * For each token of a vocabulary its id in another one, or −1 where the other lacks it: which rows of an embedding a model
 * with another vocabulary can take over.
 *
 * @param tokens by id; undefined for the token of everything unknown
 * @param others the other vocabulary, likewise
 */
export function matchTokens(
  tokens: readonly (string | undefined)[],
  others: readonly (string | undefined)[],
): Int32Array {
  const ids = new Map(others.map((token, id) => [token, id]));
  return Int32Array.from(tokens, (token) => ids.get(token) ?? -1);
}

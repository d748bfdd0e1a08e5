/** A beginning of a translation, one token longer than its parent. */
export interface Prefix {
  readonly token: number;
  readonly parent: Prefix | undefined;
  readonly length: number;
  /** ln of its probability, a sum over its tokens. */
  readonly logProbability: number;
  /** Where the decoder looked when it wrote the token, [S]; kept only where somebody asks. */
  readonly looked: Float32Array | undefined;
}

/** A whole translation. */
export interface Hypothesis {
  /** Without the boundary that ends it. */
  readonly ids: Int32Array;
  /** What the search ranks by: see {@link Scoring}. */
  readonly score: number;
  /** In nats, the boundary included. */
  readonly logProbability: number;
  /** Where the decoder looked for each token, the boundary last: rows [S]. Empty where nobody asked. */
  readonly attention: readonly Float32Array[];
}

export interface Scoring {
  /** α of the length normalisation: 0 favours short translations, 1 nearly none. */
  readonly lengthNormalisation: number;
  /** β of the coverage penalty: how much is lost by leaving places of the source unread. */
  readonly coveragePenalty: number;
}

/**
 * What a translation of so many tokens, the boundary included, is divided by: ((5 + n) / 6)^α.
 * Source: Wu et al. 2016 (GNMT), equation 14.
 */
export const lengthFactor = (n: number, { lengthNormalisation }: Scoring): number =>
  ((5 + n) / 6) ** lengthNormalisation;

/**
 * β·Σ_s ln min(Σ_t w[t, s], 1): 0 when every place was looked at for a token's worth, less otherwise.
 * Source: Wu et al. 2016 (GNMT), equation 14.
 */
export function coverage(attention: readonly Float32Array[], { coveragePenalty }: Scoring): number {
  if (coveragePenalty === 0) return 0;
  const S = attention[0]?.length ?? 0;
  let sum = 0;
  for (let s = 0; s < S; s++) {
    let seen = 0;
    for (const row of attention) seen += row[s] as number;
    sum += Math.log(Math.min(Math.max(seen, 1e-9), 1));
  }
  return coveragePenalty * sum;
}

/** A prefix that ends here. @param end the ln of the boundary's probability */
export function completed(
  prefix: Prefix,
  end: number,
  looked: Float32Array | undefined,
  scoring: Scoring,
): Hypothesis {
  const ids = new Int32Array(prefix.length);
  const attention: Float32Array[] = looked ? [looked] : [];
  for (let node: Prefix | undefined = prefix; node && node.length > 0; node = node.parent) {
    ids[node.length - 1] = node.token;
    if (node.looked) attention.unshift(node.looked);
  }
  const logProbability = prefix.logProbability + end;
  const score = logProbability / lengthFactor(prefix.length + 1, scoring) + coverage(attention, scoring);
  return { ids, score, logProbability, attention };
}

/** The tokens that would write some n-gram of the prefix a second time. Source: Paulus, Xiong, Socher 2018. */
export function repeating(prefix: Prefix, n: number): ReadonlySet<number> {
  const banned = new Set<number>();
  if (n === 0 || prefix.length < n) return banned;
  const tokens: number[] = [];
  for (let node: Prefix | undefined = prefix; node && node.length > 0; node = node.parent) tokens.unshift(node.token);
  const last = tokens.slice(tokens.length - n + 1);
  for (let from = 0; from + n <= tokens.length; from++)
    if (last.every((token, k) => token === tokens[from + k])) banned.add(tokens[from + n - 1] as number);
  return banned;
}

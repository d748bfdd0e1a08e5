/** A partial translation: its last token, and the partial translation before it. */
export interface Prefix {
  readonly token: number;
  readonly parent: Prefix | undefined;
  readonly length: number;
  /** Sum of the natural log-probabilities of its tokens. */
  readonly logProbability: number;
  /** Attention weights of the last token, [S]; kept only on request. */
  readonly attention: Float32Array | undefined;
}

/** The empty prefix. */
export const EMPTY_PREFIX: Prefix = {
  token: -1,
  parent: undefined,
  length: 0,
  logProbability: 0,
  attention: undefined,
};

/** A complete translation. */
export interface Hypothesis {
  /** Without the end-of-sentence token. */
  readonly ids: Int32Array;
  /** The rank of the search: see {@link Scoring}. */
  readonly score: number;
  /** Natural log-probability, the end-of-sentence token included. */
  readonly logProbability: number;
  /** Attention weights of each token, the end-of-sentence token last: rows [S]. Empty unless requested. */
  readonly attention: readonly Float32Array[];
}

/** score = log-probability / ((5 + n) / 6)^α + coverage penalty */
export interface Scoring {
  /** α: 0 favours short translations, 1 hardly. */
  readonly lengthPenalty: number;
  /** β: weight of the penalty for source positions that got little attention. */
  readonly coveragePenalty: number;
}

/**
 * ((5 + n) / 6)^α, the divisor of the log-probability of n tokens, the end-of-sentence token included.
 * Source: Wu et al. 2016 (GNMT), equation 14.
 */
export const lengthDivisor = (n: number, { lengthPenalty }: Scoring): number => ((5 + n) / 6) ** lengthPenalty;

/**
 * β·Σ_s ln min(Σ_t w[t, s], 1): 0 when the attention to every position sums to 1 or more, negative otherwise.
 * Source: Wu et al. 2016 (GNMT), equation 14.
 */
export function coverage(attention: readonly Float32Array[], { coveragePenalty }: Scoring): number {
  if (coveragePenalty === 0) return 0;
  const S = attention[0]?.length ?? 0;
  let sum = 0;
  for (let s = 0; s < S; s++) {
    let total = 0;
    for (const row of attention) total += row[s] as number;
    sum += Math.log(Math.min(Math.max(total, 1e-9), 1));
  }
  return coveragePenalty * sum;
}

/**
 * A prefix that ends here.
 *
 * @param logProbability of the end-of-sentence token
 * @param attention      of the end-of-sentence token, [S]
 */
export function completed(
  prefix: Prefix,
  logProbability: number,
  attention: Float32Array | undefined,
  scoring: Scoring,
): Hypothesis {
  const ids = new Int32Array(prefix.length);
  const rows: Float32Array[] = attention ? [attention] : [];
  for (let node: Prefix | undefined = prefix; node && node.length > 0; node = node.parent) {
    ids[node.length - 1] = node.token;
    if (node.attention) rows.unshift(node.attention);
  }
  const total = prefix.logProbability + logProbability;
  const score = total / lengthDivisor(prefix.length + 1, scoring) + coverage(rows, scoring);
  return { ids, score, logProbability: total, attention: rows };
}

/** The tokens that would repeat an n-gram of the prefix. Source: Paulus, Xiong, Socher 2018. */
export function repeatingTokens(prefix: Prefix, n: number): ReadonlySet<number> {
  const repeating = new Set<number>();
  if (n === 0 || prefix.length < n) return repeating;
  const tokens: number[] = [];
  for (let node: Prefix | undefined = prefix; node && node.length > 0; node = node.parent) tokens.unshift(node.token);
  const last = tokens.slice(tokens.length - n + 1);
  for (let from = 0; from + n <= tokens.length; from++)
    if (last.every((token, k) => token === tokens[from + k])) repeating.add(tokens[from + n - 1] as number);
  return repeating;
}

/** The default limit of a translation's length, in tokens. @param source tokens of the source, with its end */
export const defaultMaxLength = (source: number): number => Math.floor(1.6 * source) + 10;

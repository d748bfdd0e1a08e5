import type { Rng } from '@unroll/rnn-core';

/** How the next character is chosen. */
export interface Choice {
  /** What logits are divided by; 0 takes the likeliest always. */
  readonly temperature: number;
  /** Only the k likeliest; 0 for all. */
  readonly topK: number;
  /** Only the likeliest that together have this probability. Source: Holtzman et al. 2020, “nucleus sampling”. */
  readonly topP: number;
  /** What the odds of recent characters are lowered by; 1 for not at all. Source: Keskar et al. 2019. */
  readonly repetitionPenalty: number;
}

/** A character that may come next. */
export interface Candidate {
  readonly id: number;
  readonly probability: number;
}

/**
 * What may come next and how likely it is, likeliest first: penalty, then temperature, then top-k, then top-p. What is
 * left has probability one together.
 *
 * @param logits [V]
 * @param recent ids that count as repetitions
 * @param never an id that must not be chosen
 */
export function candidates(
  logits: ArrayLike<number>,
  { temperature, topK, topP, repetitionPenalty }: Choice,
  recent: ReadonlySet<number>,
  never: number | undefined,
): Candidate[] {
  const scored = Array.from({ length: logits.length }, (_, id) => {
    const logit = logits[id] as number;
    if (!recent.has(id)) return { id, logit };
    return { id, logit: logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty };
  }).filter(({ id }) => id !== never);
  scored.sort((a, b) => b.logit - a.logit || a.id - b.id);
  if (temperature === 0) return [{ id: scored[0]?.id ?? 0, probability: 1 }];

  const kept = topK > 0 ? scored.slice(0, topK) : scored;
  const highest = kept[0]?.logit ?? 0;
  const likely = withSumOne(
    kept.map(({ id, logit }) => ({ id, probability: Math.exp((logit - highest) / temperature) })),
  );
  if (topP === 1) return likely;
  let sum = 0;
  const end = likely.findIndex(({ probability }) => (sum += probability) >= topP);
  return withSumOne(likely.slice(0, end < 0 ? likely.length : end + 1));
}

/** Draws one of the candidates. */
export function draw(from: readonly Candidate[], rng: Rng): number {
  let left = rng.uniform();
  for (const { id, probability } of from) {
    left -= probability;
    if (left < 0) return id;
  }
  return from.at(-1)?.id ?? 0; // rounding kept the sum below the draw
}

function withSumOne(candidates: readonly Candidate[]): Candidate[] {
  const sum = candidates.reduce((sum, { probability }) => sum + probability, 0);
  return candidates.map(({ id, probability }) => ({ id, probability: probability / sum }));
}

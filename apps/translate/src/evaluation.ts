import {
  type BleuScore,
  type BleuTokenizer,
  bleu,
  bleuTokenizerFor,
  chrf,
  corpusScore,
  exactMatch,
  type References,
  type SignedScore,
} from '@unroll/metrics';
import type { TextPair } from './tokenizer.ts';
import type { TranslateOptions, Translator } from './translator.ts';

/** A metric of all translations, with sacreBLEU's signature of how it was computed. */
export interface MetricScore {
  readonly score: number;
  readonly signature: string;
}

/** BLEU, chrF2 and exact match of a model on held-out sentences. */
export interface Evaluation {
  readonly sentences: number;
  /** By beam search. */
  readonly bleu: SignedScore<BleuScore>;
  readonly chrf2: MetricScore;
  /** Translations that equal a reference, as a fraction. */
  readonly exactMatch: number;
  readonly greedyBleu: number;
  readonly greedyChrf2: number;
  readonly greedyExactMatch: number;
  /** Duration of the beam search. */
  readonly searchSeconds: number;
  readonly sentencesPerSecond: number;
  /** Translations of beam search, in the order of the sentences. */
  readonly translations: readonly string[];
}

/** Sentences with all their reference translations; each source occurs once. */
export interface ReferenceSet {
  readonly sources: readonly string[];
  /** Reference k of every sentence; undefined where it has fewer. */
  readonly references: References;
}

/** Groups pairs by source; duplicate pairs count once. */
export function groupReferences(pairs: readonly TextPair[]): ReferenceSet {
  const bySource = new Map<string, string[]>();
  for (const { source, target } of pairs) {
    const targets = bySource.get(source);
    if (!targets) bySource.set(source, [target]);
    else if (!targets.includes(target)) targets.push(target);
  }
  const most = Math.max(...Array.from(bySource.values(), ({ length }) => length));
  const references = Array.from({ length: most }, (_, k) => Array.from(bySource.values(), (targets) => targets[k]));
  return { sources: [...bySource.keys()], references };
}

/** Options of `evaluate`. */
export interface EvaluateOptions extends TranslateOptions {
  /** By default chosen by the language of the references: `bleuTokenizerFor`. */
  readonly bleuTokenizer?: BleuTokenizer | undefined;
}

/** Translates sentences by greedy search and by beam search, and scores the detokenised translations as sacreBLEU does. */
export async function evaluate(
  translator: Translator,
  pairs: readonly TextPair[],
  { bleuTokenizer, ...options }: EvaluateOptions = {},
): Promise<Evaluation> {
  const { sources, references } = groupReferences(pairs);
  const tokenizer = bleuTokenizer ?? bleuTokenizerFor(references);
  const greedy = await translator.translate(sources, { ...options, beamSize: 1 });
  const start = performance.now();
  const translations = await translator.translate(sources, options);
  const searchSeconds = (performance.now() - start) / 1000;
  const score = (of: readonly string[]): Pick<Evaluation, 'bleu' | 'chrf2' | 'exactMatch'> => {
    const byChrf = corpusScore(chrf(), of, references);
    return {
      bleu: corpusScore(bleu({ tokenizer }), of, references),
      chrf2: { score: byChrf.score, signature: byChrf.signature },
      exactMatch: corpusScore(exactMatch(), of, references).score / 100,
    };
  };
  const byGreedy = score(greedy);
  return {
    sentences: sources.length,
    ...score(translations),
    greedyBleu: byGreedy.bleu.score,
    greedyChrf2: byGreedy.chrf2.score,
    greedyExactMatch: byGreedy.exactMatch,
    searchSeconds,
    sentencesPerSecond: sources.length / searchSeconds,
    translations,
  };
}

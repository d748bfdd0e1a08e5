import { bleu, chrf, corpusScore } from '@unroll/metrics';
import { type JsonObject, table } from '@unroll/run';
import type { SearchFlags } from './commands/config.ts';
import type { Pair } from './data/pairs.ts';
import { type Interpreter, searchOptions, translateAll } from './search/translating.ts';

/** How good a model's translations of held-out sentences are. */
export interface Judgement {
  /** Which sentences: of the test part or of the validation part. */
  readonly of: string;
  readonly sentences: number;
  readonly bleu: { readonly score: number; readonly signature: string };
  readonly chrf2: { readonly score: number; readonly signature: string };
  readonly greedyBleu: number;
  readonly greedyChrf2: number;
  /** Of the whole search by beam: the sentences' sources in, their translations out. */
  readonly seconds: number;
  /** The translations the beam found, in the order of the sentences. */
  readonly translations: readonly string[];
}

/** Sentences with all translations that are given of each: the same source counts once. */
export interface Task {
  readonly sources: readonly string[];
  /** References k of every sentence; an empty string where it has fewer. */
  readonly references: readonly (readonly string[])[];
}

/** Pairs by their source; a pair that stands twice counts once. */
export function taskOf(pairs: readonly Pair[]): Task {
  const bySource = new Map<string, string[]>();
  for (const { source, target } of pairs) {
    const targets = bySource.get(source);
    if (!targets) bySource.set(source, [target]);
    else if (!targets.includes(target)) targets.push(target);
  }
  const most = Math.max(...Array.from(bySource.values(), ({ length }) => length));
  const references = Array.from({ length: most }, (_, k) =>
    Array.from(bySource.values(), (targets) => targets[k] ?? ''),
  );
  return { sources: [...bySource.keys()], references };
}

/** Translates held-out sentences greedily and by beam, and scores both, detokenised, as sacreBLEU does. */
export async function judge(
  interpreter: Interpreter,
  { name, pairs }: { readonly name: string; readonly pairs: readonly Pair[] },
  flags: SearchFlags,
  breathe?: () => Promise<void>,
): Promise<Judgement> {
  const { sources, references } = taskOf(pairs);
  const best = async (search: SearchFlags): Promise<string[]> =>
    (await translateAll(interpreter, sources, { ...searchOptions(search), breathe })).map(
      ([first]) => first?.text ?? '',
    );
  const greedy = await best({ ...flags, beam: 1 });
  const start = performance.now();
  const translations = await best(flags);
  const seconds = (performance.now() - start) / 1000;
  const [byBleu, byChrf] = [
    corpusScore(bleu(), translations, references),
    corpusScore(chrf(), translations, references),
  ];
  return {
    of: name,
    sentences: sources.length,
    bleu: { score: byBleu.score, signature: byBleu.signature },
    chrf2: { score: byChrf.score, signature: byChrf.signature },
    greedyBleu: corpusScore(bleu(), greedy, references).score,
    greedyChrf2: corpusScore(chrf(), greedy, references).score,
    seconds,
    translations,
  };
}

/** A judgement as `--json` prints it. */
export function judgementJson(judgement: Judgement): JsonObject {
  const { of, sentences, bleu: byBleu, chrf2, greedyBleu, greedyChrf2, seconds } = judgement;
  return {
    of,
    sentences,
    bleu: byBleu,
    chrf2,
    greedyBleu,
    greedyChrf2,
    searchSeconds: seconds,
    sentencesPerSecond: sentences / seconds,
  };
}

/** A judgement as a person reads it. */
export function judgementTable(
  { of, sentences, bleu: byBleu, chrf2, greedyBleu, greedyChrf2 }: Judgement,
  beam: number,
): string {
  return table(
    [`${of}, ${sentences} sentences`, `beam ${beam}`, 'greedy', 'signature'],
    [
      ['BLEU', byBleu.score.toFixed(2), greedyBleu.toFixed(2), byBleu.signature],
      ['chrF2', chrf2.score.toFixed(2), greedyChrf2.toFixed(2), chrf2.signature],
    ],
  );
}

import { corpusScore, DataError, type References, sentenceScore, type TranslationMetric } from '@unroll/metrics';
import { type Context, type JsonObject, outputFlags, readTextFile } from '@unroll/run';
import { z } from 'zod';
import { metricLabel } from './metric-label.ts';

const path = z.string().min(1);

export const references = z.array(path).min(1).meta({
  description: 'files of reference translations, one per line',
  argument: 'REFERENCE',
});

/** Flags of every metric. */
export const scoringFlags = {
  hypothesis: path.meta({ description: 'file of translations, one per line', argument: 'HYPOTHESIS' }),
  references,
  sentenceLevel: z
    .boolean()
    .default(false)
    .meta({ description: 'print the score of each sentence too', section: 'Output' }),
  ...outputFlags,
};

/** Earlier names of these flags. */
export const scoringRenamed = { perLine: 'sentenceLevel' };

export const lowercase = z
  .boolean()
  .default(false)
  .meta({ description: 'convert text to lower case', section: 'BLEU, chrF and exact match' });

interface Scored {
  readonly hypothesis: string;
  readonly references: readonly string[];
  readonly sentenceLevel: boolean;
}

/** Prints the score of a file of translations. @param metricFor the metric for these references, of the corpus or of one sentence */
export async function score(
  config: Scored,
  { out }: Context,
  metricFor: (references: References, options: { readonly ofSentence: boolean }) => TranslationMetric,
): Promise<JsonObject> {
  const hypotheses = readLines(config.hypothesis);
  const sets = config.references.map(readLines);
  const [metric, ofSentence] = [metricFor(sets, { ofSentence: false }), metricFor(sets, { ofSentence: true })];
  checkLengths([config.hypothesis, ...config.references], [hypotheses, ...sets]);
  const corpus = corpusScore(metric, hypotheses, sets);
  const scores = config.sentenceLevel
    ? hypotheses.map(
        (line, i) =>
          sentenceScore(
            ofSentence,
            line,
            sets.map((set) => set[i] as string),
          ).score,
      )
    : undefined;
  for (const [i, one] of scores?.entries() ?? []) out.write(`${i + 1}\t${one.toFixed(4)}\n`);
  out.write(`${metricLabel(corpus.name)} ${corpus.score.toFixed(2)}   ${corpus.signature}\n`);
  return { ...corpus, sentences: hypotheses.length, ...(scores && { lines: scores }) };
}

/** The lines of a file. */
export const readLines = (file: string): string[] =>
  readTextFile(file, { compose: false }).replace(/\n$/, '').split('\n');

/** @throws DataError when the files differ in their number of lines */
export function checkLengths(names: readonly string[], files: readonly (readonly string[])[]): void {
  const expected = files[0]?.length ?? 0;
  const other = files.findIndex(({ length }) => length !== expected);
  if (other < 0) return;
  throw new DataError(
    `${names[other]}: must have as many lines as ${names[0]}, ${expected}, got ${files[other]?.length}`,
  );
}

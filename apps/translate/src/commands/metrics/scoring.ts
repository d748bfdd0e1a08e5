import { CorpusTally, DataError, type References, sentenceScore, type TranslationMetric } from '@unroll/metrics';
import { type Context, fileSource, type JsonObject, outputFlags, readLines, readTextFile, write } from '@unroll/run';
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
  readonly json: boolean;
}

/**
 * Prints the score of a file of translations, which is read line by line and may be larger than memory.
 *
 * @param metricFor the metric for references like these, of the corpus or of one sentence
 * @param remarkOn a line for standard error about the score of the corpus
 */
export async function score<Score extends { readonly score: number }>(
  { hypothesis, references, sentenceLevel, json }: Scored,
  { out, err }: Context,
  metricFor: (references: References, options: { readonly ofSentence: boolean }) => TranslationMetric<Score>,
  remarkOn: (score: Score) => string | undefined = () => undefined,
): Promise<JsonObject> {
  const { first, all } = await sampled(segments([hypothesis, ...references]));
  const sets = references.map((_, k) => first.map((segment) => segment[k + 1] as string));
  const [metric, ofSentence] = [metricFor(sets, { ofSentence: false }), metricFor(sets, { ofSentence: true })];
  const tally = new CorpusTally(metric);
  const scores: number[] = [];
  let sentences = 0;
  for await (const [translation = '', ...given] of all) {
    sentences++;
    tally.add(translation, given);
    if (!sentenceLevel) continue;
    const one = sentenceScore(ofSentence, translation, given).score;
    await write(out, `${sentences}\t${one.toFixed(4)}\n`);
    if (json) scores.push(one);
  }
  const corpus = tally.score();
  out.write(`${metricLabel(corpus.name)} ${corpus.score.toFixed(2)}   ${corpus.signature}\n`);
  const remark = remarkOn(corpus);
  if (remark !== undefined) err.write(`${remark}\n`);
  return { ...corpus, sentences, ...(sentenceLevel && { lines: scores }) };
}

/** Line n of every file, together. @throws DataError when the files differ in their number of lines */
async function* segments(files: readonly string[]): AsyncGenerator<string[]> {
  const lines = files.map((file) => readLines(fileSource(file), { compose: false, requireText: true }));
  const counts = files.map(() => 0);
  for (;;) {
    const next = await Promise.all(lines.map(async (of) => of.next()));
    for (const [k, { done }] of next.entries()) if (!done) counts[k] = (counts[k] ?? 0) + 1;
    if (next.every(({ done }) => done)) break;
    if (next.every(({ done }) => !done)) yield next.map(({ value }) => String(value));
  }
  checkLengths(files, counts);
}

const SAMPLE_LENGTH = 100_000; // characters of references, by which `bleuTokenizerFor` knows a language

/** The first segments, and all of them again. */
async function sampled(
  segments: AsyncGenerator<string[]>,
): Promise<{ readonly first: readonly string[][]; readonly all: AsyncIterable<string[]> }> {
  const first: string[][] = [];
  let length = 0;
  while (length < SAMPLE_LENGTH) {
    const next = await segments.next();
    if (next.done) break;
    first.push(next.value);
    length += next.value[1]?.length ?? 0;
  }
  async function* all(): AsyncGenerator<string[]> {
    yield* first;
    yield* segments;
  }
  return { first, all: all() };
}

/** The lines of a file, for tests that draw them again and again. */
export const allLines = (file: string): string[] =>
  readTextFile(file, { compose: false }).replace(/\n$/, '').split('\n');

/** @throws DataError when files differ in their number of lines */
export function checkLengths(names: readonly string[], lines: readonly number[]): void {
  const [expected = 0] = lines;
  const other = lines.findIndex((count) => count !== expected);
  if (other < 0) return;
  throw new DataError(
    `${names[0]} and ${names[other]}: must have the same number of lines, got ${expected} and ${lines[other]}; line n of both is of sentence n`,
  );
}

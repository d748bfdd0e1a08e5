import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type BleuScore, type BleuSmoothing, bleu } from './bleu.ts';
import type { BleuTokenizer } from './bleu-tokenizer.ts';
import { chrf } from './chrf.ts';
import { pairedBootstrap, pairedRandomization } from './significance.ts';
import { ter } from './ter.ts';
import { corpusScore, sentenceScore, type TranslationMetric } from './translation-metric.ts';

/** What golden/sacrebleu-*.json hold: sacreBLEU 2.6.0's own output. */
interface Golden {
  cases: GoldenCase[];
  significance?: {
    seed: number;
    A: string[];
    B: string[];
    reference: string[];
    result: Record<'bs' | 'ar', Record<'BLEU' | 'chrF2', GoldenFigures[]>>;
  };
}

interface GoldenCase {
  name: string;
  hypotheses: string[];
  references: string[][];
  scores: GoldenScore[];
  sentence?: { bleu_eff: number; chrf2: number; ter: number }[];
}

interface GoldenScore {
  metric: string;
  signature: string;
  score: number;
  precisions?: number[];
  bp?: number;
  sys_len?: number;
  ref_len?: number;
  counts?: number[];
  totals?: number[];
}

interface GoldenFigures {
  score: number;
  mean: number | null;
  ci: number | null;
  p: number | null;
}

const read = (url: URL): Golden => JSON.parse(readFileSync(url, 'utf8'));

/** The metric that a name and a signature ask for, and so a test of the signature's every field. */
function metricOf(name: string, signature: string): TranslationMetric {
  const fields = Object.fromEntries(signature.split('|').map((field) => field.split(':') as [string, string]));
  const yes = (key: string) => fields[key] === 'yes';
  const lowercase = fields['case'] === 'lc';
  if (name === 'TER')
    return ter({
      normalized: yes('norm'),
      noPunctuation: !yes('punct'),
      asian: yes('asian'),
      caseSensitive: !lowercase,
    });
  if (name === 'BLEU') {
    const tokenizer = fields['tok'] as BleuTokenizer;
    const [, method, value] = /^([^[]+)(?:\[(.*)\])?$/.exec(fields['smooth']!)!;
    const smoothing = (value === undefined ? { method } : { method, value: Number(value) }) as BleuSmoothing;
    return bleu({ tokenizer, smoothing, effectiveOrder: yes('eff'), lowercase });
  }
  return chrf({
    wordOrder: Number(fields['nw']),
    characterOrder: Number(fields['nc']),
    beta: Number(/^chrF(\d)/.exec(name)?.[1] ?? 2),
    lowercase,
    whitespace: yes('space'),
  });
}

function expectScore({ hypotheses, references }: GoldenCase, golden: GoldenScore): void {
  const own = corpusScore(metricOf(golden.metric, golden.signature), hypotheses, references);
  expect(own).toMatchObject({ signature: golden.signature, score: near(golden.score) });
  if (golden.metric === 'BLEU') expectBleuDetails(own as unknown as BleuScore, golden);
}

function expectBleuDetails(own: BleuScore, golden: GoldenScore): void {
  expect(own).toMatchObject({
    precisions: golden.precisions!.map(near),
    brevityPenalty: near(golden.bp!),
    hypothesisLength: golden.sys_len,
    referenceLength: golden.ref_len,
    counts: golden.counts,
    totals: golden.totals,
  });
}

function expectSentences({ hypotheses, references, sentence = [] }: GoldenCase): void {
  for (const [i, golden] of sentence.entries()) {
    const given = references.map((set) => set[i]!);
    const bleuOptions = { effectiveOrder: true };
    expect(sentenceScore(bleu(bleuOptions), hypotheses[i]!, given).score).toBeCloseTo(golden.bleu_eff, 6);
    expect(sentenceScore(chrf(), hypotheses[i]!, given).score).toBeCloseTo(golden.chrf2, 6);
    expect(sentenceScore(ter(), hypotheses[i]!, given).score).toBeCloseTo(golden.ter, 6);
  }
}

const near = (value: number) => expect.closeTo(value, 6);

describe('sacreBLEU 2.6.0 on sentences of our own', () => {
  const golden = read(new URL('../../golden/sacrebleu-original-sentences.json', import.meta.url));
  describe.each(golden.cases)('$name', (given) => {
    test.each(given.scores)('$metric $signature', (score) => expectScore(given, score));
    test('sentence by sentence', () => expectSentences(given));
  });

  const { seed, A, B, reference, result } = golden.significance!;
  describe.each(['BLEU', 'chrF2'] as const)('significance of a difference in %s', (name) => {
    const metric: TranslationMetric = name === 'BLEU' ? bleu() : chrf();
    const systems = { baseline: A, system: B, references: [reference] };

    test('by paired bootstrap', () => {
      const [baseline, system] = result.bs[name];
      const own = pairedBootstrap(metric, systems, { seed });
      expect(own.baseline).toStrictEqual({
        score: near(baseline!.score),
        mean: near(baseline!.mean!),
        ci: near(baseline!.ci!),
      });
      expect(own.system).toStrictEqual({
        score: near(system!.score),
        mean: near(system!.mean!),
        ci: near(system!.ci!),
      });
      expect(own.p).toBeCloseTo(system!.p!, 6);
      expect(own.signature).toMatch('nrefs:1|bs:1000|seed:12345|case:mixed|');
    });

    test('by paired approximate randomisation', () => {
      const [baseline, system] = result.ar[name];
      const own = pairedRandomization(metric, systems, { seed });
      expect(own).toMatchObject({
        baseline: { score: near(baseline!.score) },
        system: { score: near(system!.score) },
      });
      expect(own.p).toBeCloseTo(system!.p!, 6);
      expect(own.signature).toMatch('nrefs:1|ar:10000|seed:12345|case:mixed|');
    });
  });
});

describe('sacreBLEU 2.6.0 on settings and degenerate texts that the sentences above do not have', () => {
  describe.each(read(new URL('../../golden/sacrebleu-variants.json', import.meta.url)).cases)('$name', (given) => {
    test.each(given.scores)('$metric $signature', ({ metric, signature, score }) => {
      const references = given.references.map((set) => set.map((reference) => reference ?? undefined));
      const own = corpusScore(metricOf(metric, signature), given.hypotheses, references);
      expect(own).toMatchObject({ name: metric, signature, score: near(score) });
    });
  });
});

// Multi30k may not be shipped: what sacreBLEU says of it is read where it lies.
const multi30k = process.env['UNROLL_GOLDEN'];
test.skipIf(multi30k === undefined)(
  'sacreBLEU 2.6.0 on Multi30k (needs UNROLL_GOLDEN, a folder with sacrebleu-multi30k.json)',
  () => {
    const { cases } = read(pathToFileURL(`${multi30k}/sacrebleu-multi30k.json`));
    expect(cases.length).toBeGreaterThan(0);
    for (const given of cases) {
      for (const score of given.scores) expectScore(given, score);
      expectSentences(given);
    }
  },
);

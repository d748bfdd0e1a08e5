import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type BleuOptions, type BleuScore, bleu } from './bleu.ts';
import { chrf } from './chrf.ts';
import { pairedBootstrap, pairedRandomization } from './significance.ts';
import { ter } from './ter.ts';
import { corpusScore, sentenceScore, type TranslationMetric } from './translation-metric.ts';

/** What golden/sacrebleu-*.json hold: sacreBLEU 2.6.0's own output. */
interface Golden {
  cases: {
    name: string;
    hypotheses: string[];
    references: string[][];
    scores: {
      metric: 'BLEU' | 'CHRF' | 'TER';
      signature: string;
      score: number;
      precisions?: number[];
      bp?: number;
      sys_len?: number;
      ref_len?: number;
      counts?: number[];
      totals?: number[];
    }[];
    sentence?: { bleu_eff: number; chrf2: number; ter: number }[];
  }[];
  significance?: {
    seed: number;
    A: string[];
    B: string[];
    reference: string[];
    result: Record<
      'bs' | 'ar',
      Record<'BLEU' | 'chrF2', { score: number; mean: number | null; ci: number | null; p: number | null }[]>
    >;
  };
}

const read = (url: URL): Golden => JSON.parse(readFileSync(url, 'utf8'));

/** The metric that a signature asks for, and so a test of the signature's every field. */
function metricOf(name: 'BLEU' | 'CHRF' | 'TER', signature: string): TranslationMetric {
  const fields = Object.fromEntries(signature.split('|').map((field) => field.split(':') as [string, string]));
  const yes = (key: string) => fields[key] === 'yes';
  if (name === 'CHRF')
    return chrf({
      wordOrder: Number(fields['nw']),
      characterOrder: Number(fields['nc']),
      lowercase: fields['case'] === 'lc',
      whitespace: yes('space'),
    });
  if (name === 'TER')
    return ter({
      normalized: yes('norm'),
      noPunctuation: !yes('punct'),
      asian: yes('asian'),
      caseSensitive: fields['case'] === 'mixed',
    });
  return bleu({
    tokenizer: fields['tok'] as NonNullable<BleuOptions['tokenizer']>,
    smoothing: { method: fields['smooth']!.replace(/\[.*/, '') } as NonNullable<BleuOptions['smoothing']>,
    effectiveOrder: yes('eff'),
    lowercase: fields['case'] === 'lc',
  });
}

function reproduces({ cases }: Golden): void {
  describe.each(cases)('$name', ({ hypotheses, references, scores, sentence = [] }) => {
    test.each(scores)('$metric $signature', (golden) => {
      const score = corpusScore(metricOf(golden.metric, golden.signature), hypotheses, references);
      expect(score.signature).toBe(golden.signature);
      expect(score.score).toBeCloseTo(golden.score, 6);
      if (golden.metric !== 'BLEU') return;
      const { precisions, brevityPenalty, hypothesisLength, referenceLength, counts, totals } =
        score as unknown as BleuScore;
      // oxlint-disable-next-line vitest/no-conditional-expect -- only BLEU's golden scores have these
      expect([...precisions, brevityPenalty, hypothesisLength, referenceLength, ...counts, ...totals]).toStrictEqual(
        [
          ...golden.precisions!,
          golden.bp!,
          golden.sys_len!,
          golden.ref_len!,
          ...golden.counts!,
          ...golden.totals!,
        ].map(near),
      );
    });

    test(`${sentence.length} sentences`, () => {
      const own = hypotheses.slice(0, sentence.length).map((hypothesis, i) => {
        const given = references.map((set) => set[i]!);
        return {
          bleu_eff: sentenceScore(bleu({ effectiveOrder: true }), hypothesis, given).score,
          chrf2: sentenceScore(chrf(), hypothesis, given).score,
          ter: sentenceScore(ter(), hypothesis, given).score,
        };
      });
      expect(own).toStrictEqual(
        sentence.map(({ bleu_eff, chrf2, ter: edits }) => ({
          bleu_eff: near(bleu_eff),
          chrf2: near(chrf2),
          ter: near(edits),
        })),
      );
    });
  });
}

const near = (value: number) => expect.closeTo(value, 6);

describe('sacreBLEU 2.6.0 on sentences of our own', () => {
  const golden = read(new URL('../golden/sacrebleu-original-sentences.json', import.meta.url));
  reproduces(golden);

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

// Multi30k may not be shipped: what sacreBLEU says of it is read where it lies.
const multi30k = new URL('../../../../shared/golden/sacrebleu-multi30k.json', import.meta.url);
describe('sacreBLEU 2.6.0 on Multi30k', () => {
  if (existsSync(multi30k)) reproduces(read(multi30k));
  else test.skip('needs ../shared/golden/sacrebleu-multi30k.json beside the repository');
});

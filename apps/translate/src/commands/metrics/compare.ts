import { bleuZeroReason, corpusScore, exactMatch, pairedBootstrap, pairedRandomization } from '@unroll/metrics';
import { type Context, command, type JsonObject, outputFlags, table } from '@unroll/run';
import { z } from 'zod';
import { bleuFlags, bleuOf, bleuRenamed, bleuRequires } from './bleu.ts';
import { chrfFlags, chrfOf } from './chrf.ts';
import { metricLabel } from './metric-label.ts';
import { allLines, checkLengths, lowercase, references } from './scoring.ts';
import { terFlags, terOf, terRenamed, terRequires } from './ter.ts';

const path = z.string().min(1);

const compareSchema = z.object({
  baseline: path.meta({ description: 'file of translations of one system', argument: 'BASELINE' }),
  system: path.meta({ description: 'file of translations of the other', argument: 'SYSTEM' }),
  references,
  test: z.enum(['bootstrap', 'randomization']).default('bootstrap').meta({
    description:
      'paired bootstrap resampling (Koehn 2004), or paired approximate randomization (Riezler & Maxwell 2005)',
    section: 'Test',
  }),
  samples: z.int().min(1).optional().meta({
    description: 'samples drawn; by default 1,000 for bootstrap, 10,000 for randomization',
    section: 'Test',
  }),
  seed: z.int().min(0).default(12345).meta({ description: 'random seed of the samples', section: 'Test' }),
  ...bleuFlags,
  ...chrfFlags,
  ...terFlags,
  lowercase,
  ...outputFlags,
});

async function compare(config: z.output<typeof compareSchema>, { out, err }: Context): Promise<JsonObject> {
  const { baseline, system, references, test, samples, seed } = config;
  const systems = { baseline: allLines(baseline), system: allLines(system), references: references.map(allLines) };
  const files = [systems.baseline, systems.system, ...systems.references];
  checkLengths(
    [baseline, system, ...references],
    files.map(({ length }) => length),
  );
  const metric = bleuOf(config, systems.references);
  for (const name of ['baseline', 'system'] as const) {
    const reason = bleuZeroReason(corpusScore(metric, systems[name], systems.references));
    if (reason !== undefined) err.write(`${config[name]}: ${reason}\n`);
  }
  const results = [metric, chrfOf(config), terOf(config), exactMatch(config)].map((metric) => ({
    metric: metric.name,
    ...(test === 'bootstrap'
      ? pairedBootstrap(metric, systems, { seed, ...(samples !== undefined && { samples }) })
      : pairedRandomization(metric, systems, { seed, ...(samples !== undefined && { trials: samples }) })),
  }));
  const interval = test === 'bootstrap' ? ' ± 95 % interval' : '';
  out.write(
    `${table(
      ['metric', `baseline${interval}`, `system${interval}`, 'p', 'signature'],
      results.map((r) => [
        metricLabel(r.metric),
        scoreText(r.baseline),
        scoreText(r.system),
        r.p.toFixed(4),
        r.signature,
      ]),
    )}\n`,
  );
  return {
    test,
    results: results.map(({ baseline, system, ...r }) => ({
      ...r,
      baseline: { ...baseline },
      system: { ...system },
    })),
  };
}

/** A score, with its confidence interval where the test gives one. */
const scoreText = ({ score, ci }: { score: number; ci?: number }): string =>
  score.toFixed(2) + (ci === undefined ? '' : ` ± ${ci.toFixed(2)}`);

export const compareCommand = command({
  schema: compareSchema,
  renamed: { ...bleuRenamed, ...terRenamed },
  requires: [...bleuRequires, ...terRequires],
  run: compare,
});

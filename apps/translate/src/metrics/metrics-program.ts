import {
  bleu,
  chrf,
  corpusScore,
  DataError,
  pairedBootstrap,
  pairedRandomization,
  sentenceScore,
  type TranslationMetric,
  ter,
} from '@unroll/metrics';
import {
  type Command,
  type Context,
  command,
  type JsonObject,
  outputFlags,
  type Program,
  readTextFile,
  table,
} from '@unroll/run';
import { z } from 'zod';

const path = z.string().min(1);
const hypothesis = path.meta({ description: 'translations, one a line', argument: 'HYPOTHESIS' });
const references = z.array(path).min(1).meta({
  description: 'files of references, one a line; of several, a translation counts against the nearest',
  argument: 'REFERENCE…',
});

const scoringFlags = {
  hypothesis,
  references,
  perLine: z.boolean().default(false).meta({ description: 'score each line too', section: 'Output' }),
  ...outputFlags,
};

const bleuFlags = {
  tokenize: z
    .enum(['13a', 'intl', 'char', 'none'])
    .default('13a')
    .meta({ description: 'how BLEU finds words', section: 'BLEU' }),
  smooth: z.enum(['exp', 'floor', 'add-k', 'none']).default('exp').meta({
    description: 'what stands for an n-gram precision of 0',
    section: 'BLEU',
  }),
  smoothValue: z
    .number()
    .min(0)
    .optional()
    .meta({ description: 'floor: what is added (0.1); add-k: k (1)', section: 'BLEU' }),
};

const chrfFlags = {
  charOrder: z.int().min(1).max(20).default(6).meta({ description: 'longest character n-gram', section: 'chrF' }),
  wordOrder: z
    .int()
    .min(0)
    .max(20)
    .default(0)
    .meta({ description: 'longest word n-gram; 2 makes it chrF++', section: 'chrF' }),
  beta: z
    .int()
    .min(1)
    .max(20)
    .default(2)
    .meta({ description: 'how many times more recall weighs than precision', section: 'chrF' }),
};

const terFlags = {
  normalized: z.boolean().default(false).meta({ description: 'cut punctuation off words', section: 'TER' }),
  noPunctuation: z.boolean().default(false).meta({ description: 'leave punctuation out', section: 'TER' }),
  asian: z
    .boolean()
    .default(false)
    .meta({ description: 'take Chinese and Japanese character by character', section: 'TER' }),
  caseSensitive: z.boolean().default(false).meta({ description: 'tell capitals from small letters', section: 'TER' }),
};

const lowercase = z
  .boolean()
  .default(false)
  .meta({ description: 'take capitals for small letters', section: 'BLEU and chrF' });

type BleuFlags = z.output<z.ZodObject<typeof bleuFlags>> & { readonly lowercase: boolean };
type ChrfFlags = z.output<z.ZodObject<typeof chrfFlags>> & { readonly lowercase: boolean };

const bleuOf = ({ tokenize, smooth, smoothValue, lowercase: lower }: BleuFlags, effectiveOrder: boolean) =>
  bleu({
    tokenizer: tokenize,
    smoothing: { method: smooth, ...(smoothValue !== undefined && { value: smoothValue }) },
    lowercase: lower,
    effectiveOrder,
  });

const chrfOf = ({ charOrder, ...flags }: ChrfFlags) => chrf({ characterOrder: charOrder, ...flags });

const bleuCommand: Command = command({
  summary: 'BLEU: n-grams of words, the mean precision of one to four.',
  schema: z.object({ ...scoringFlags, ...bleuFlags, lowercase }),
  run: async (config, context) => score(config, context, bleuOf(config, false), bleuOf(config, true)),
});

const chrfCommand: Command = command({
  summary: 'chrF: n-grams of characters, and for chrF++ of words.',
  schema: z.object({ ...scoringFlags, ...chrfFlags, lowercase }),
  run: async (config, context) => score(config, context, chrfOf(config)),
});

const terCommand: Command = command({
  summary: 'TER: edits per hundred words; the lower, the better.',
  schema: z.object({ ...scoringFlags, ...terFlags }),
  run: async (config, context) => score(config, context, ter(config)),
});

const compareCommand: Command = command({
  summary: 'Whether one system is better than another, or only luckier.',
  schema: z.object({
    baseline: path.meta({ description: 'translations of the one', argument: 'BASELINE' }),
    system: path.meta({ description: 'translations of the other', argument: 'SYSTEM' }),
    references,
    test: z.enum(['bootstrap', 'randomisation']).default('bootstrap').meta({
      description: 'paired bootstrap (Koehn 2004), or paired approximate randomisation (Riezler & Maxwell 2005)',
      section: 'Test',
    }),
    samples: z
      .int()
      .min(1)
      .optional()
      .meta({ description: 'how often: 1,000 for bootstrap, 10,000 for randomisation', section: 'Test' }),
    seed: z.int().min(0).default(12345).meta({ description: 'what the samples grow from', section: 'Test' }),
    ...bleuFlags,
    ...chrfFlags,
    ...terFlags,
    lowercase,
    ...outputFlags,
  }),
  run: async (config, context) => {
    const { baseline, system, references, test, samples, seed } = config;
    const systems = { baseline: lines(baseline), system: lines(system), references: references.map(lines) };
    checkLengths([baseline, system, ...references], [systems.baseline, systems.system, ...systems.references]);
    const results = [bleuOf(config, false), chrfOf(config), ter(config)].map((metric) => ({
      metric: metric.name,
      ...(test === 'bootstrap'
        ? pairedBootstrap(metric, systems, { seed, ...(samples !== undefined && { samples }) })
        : pairedRandomization(metric, systems, { seed, ...(samples !== undefined && { trials: samples }) })),
    }));
    context.out.write(
      `${table(
        ['metric', 'baseline', 'system', 'p', 'signature'],
        results.map((r) => [r.metric, figure(r.baseline), figure(r.system), r.p.toFixed(4), r.signature]),
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
  },
});

const figure = (x: { score: number; ci?: number }): string =>
  x.score.toFixed(2) + (x.ci === undefined ? '' : ` ± ${x.ci.toFixed(2)}`);

/** `metrics`: the scores of translations, whoever made them. */
export const metricsProgram: Program = {
  app: 'metrics',
  invocation: 'npm run -s metrics --',
  summary: 'Scores translations as sacreBLEU does: detokenised text in, a score and its signature out.',
  commands: { bleu: bleuCommand, chrf: chrfCommand, ter: terCommand, compare: compareCommand },
};

interface Scored {
  readonly hypothesis: string;
  readonly references: readonly string[];
  readonly perLine: boolean;
}

async function score(
  config: Scored,
  { out }: Context,
  metric: TranslationMetric,
  ofLine: TranslationMetric = metric,
): Promise<JsonObject> {
  const hypotheses = lines(config.hypothesis);
  const sets = config.references.map(lines);
  checkLengths([config.hypothesis, ...config.references], [hypotheses, ...sets]);
  const whole = corpusScore(metric, hypotheses, sets);
  const each = config.perLine
    ? hypotheses.map(
        (line, i) =>
          sentenceScore(
            ofLine,
            line,
            sets.map((set) => set[i] as string),
          ).score,
      )
    : undefined;
  for (const [i, one] of each?.entries() ?? []) out.write(`${i + 1}\t${one.toFixed(4)}\n`);
  out.write(`${whole.name} ${whole.score.toFixed(2)}   ${whole.signature}\n`);
  return { ...whole, sentences: hypotheses.length, ...(each && { lines: each }) };
}

/** A file's lines; the last line end ends the last line. */
const lines = (file: string): string[] => readTextFile(file).replace(/\n$/, '').split('\n');

/** @throws DataError naming the files and the first line one of them lacks */
function checkLengths(names: readonly string[], files: readonly (readonly string[])[]): void {
  const first = files[0]?.length ?? 0;
  const odd = files.findIndex(({ length }) => length !== first);
  if (odd < 0) return;
  const [one, other] = [`${names[0]} (${first})`, `${names[odd]} (${files[odd]?.length})`];
  throw new DataError(
    `${one} and ${other}: must have the same number of lines; line ${Math.min(first, files[odd]?.length ?? 0) + 1} stands in one alone`,
  );
}

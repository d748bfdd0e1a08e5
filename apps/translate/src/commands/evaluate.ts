import { writeFileSync } from 'node:fs';
import { ConfigError } from '@unroll/rnn-core';
import {
  backendFlags,
  type Context,
  command,
  dataFlags,
  type JsonObject,
  modelFlags,
  onFile,
  outputFlags,
  readRunData,
  shortPaths,
} from '@unroll/run';
import { z } from 'zod';
import { checkComplete, checkOwn, type Pair, parallelFiles, readOwn, readParallel } from '../data/pairs.ts';
import { evaluate } from '../evaluation.ts';
import type { TranslationTokenizer } from '../tokenizer.ts';
import { corpusFlags, pairExclusive, pairFlags } from './corpus-flags.ts';
import { evaluationJson, evaluationTable } from './evaluation-table.ts';
import { openTranslator } from './open-translator.ts';
import {
  checkLengths,
  checkSearch,
  searchFlags,
  searchOptions,
  searchRenamed,
  searchRequires,
} from './search-flags.ts';
import { tokenize } from './tokenize-flag.ts';

const evaluateSchema = z.object({
  ...modelFlags,
  ...pairFlags,
  split: z.enum(['test', 'valid']).optional().meta({
    description: "split of the run's data set; by default test, or valid where there is no test set",
    section: 'Data',
  }),
  ...dataFlags,
  ...searchFlags,
  tokenize,
  out: z.string().min(1).optional().meta({
    description: 'file to write the translations to, one per line',
    section: 'Output',
    placeholder: 'FILE',
  }),
  ...backendFlags,
  ...outputFlags,
});

type EvaluateConfig = z.output<typeof evaluateSchema>;

/** The settings of a run that say where its pairs came from. */
const corpusSchema = z.object({ ...corpusFlags, ...dataFlags });

async function evaluateRun(config: EvaluateConfig, context: Context): Promise<JsonObject> {
  using translator = await openTranslator(config, context);
  checkSearch(config, translator, config.dir);
  const { name, pairs } = await heldOutPairs(config, translator.tokenizer);
  const evaluation = await evaluate(translator, pairs, {
    ...searchOptions(config),
    bleuTokenizer: config.tokenize,
  });
  context.out.write(`${evaluationTable(name, evaluation, config.beamSize)}\n`);
  const { out } = config;
  if (out !== undefined) onFile(out, 'written', () => writeFileSync(out, `${evaluation.translations.join('\n')}\n`));
  return { ...evaluationJson(name, evaluation), backend: translator.backend.name, run: config.dir };
}

/**
 * Reads the pairs of a run.
 *
 * @throws DataError when a file is gone or has changed since
 * @throws CheckpointError when the settings in run.json do not fit the data
 */
export async function readRunPairs(dir: string, dataDir?: string): ReturnType<typeof readParallel> {
  const run = { dir, app: 'translate', schema: corpusSchema, filesOf: parallelFiles, read: readParallel, dataDir };
  return await readRunData(run);
}

async function heldOutPairs(
  config: EvaluateConfig,
  tokenizer: TranslationTokenizer,
): Promise<{ name: string; pairs: readonly Pair[] }> {
  const { data, source, target, dir, split, dataDir } = config;
  const checked = (where: string, all: readonly Pair[]): readonly Pair[] => {
    for (const pair of checkComplete(where, all)) tokenizer.encodeSource(pair.source, `${where}: line ${pair.line}`);
    return all;
  };
  if (data === undefined && source === undefined && target === undefined) {
    const corpus = await readRunPairs(dir, dataDir);
    const name = split ?? (corpus.test ? 'test' : 'valid');
    const pairs = corpus[name];
    if (!pairs) throw new ConfigError(`--split test: ${dir} has no test set; use --split valid`);
    return { name, pairs: checked(name, pairs) };
  }
  const files = data === undefined ? [source ?? '', target ?? ''] : [data];
  const pairs = checked(files.join(' and '), await readOwn({ data, source, target }));
  return { name: shortPaths(files).join(' and '), pairs };
}

export const evaluateCommand = command({
  schema: evaluateSchema,
  exclusive: pairExclusive,
  renamed: { ...searchRenamed, output: 'out' },
  requires: [
    ...searchRequires,
    { flags: ['split', 'dataDir'], when: ({ data }) => data === undefined, needs: 'no --data' },
    { flags: ['split', 'dataDir'], when: ({ source }) => source === undefined, needs: 'no --source' },
  ],
  check: (config) => {
    checkLengths(config);
    const { data, source, target } = config;
    if ((data ?? source ?? target) !== undefined) checkOwn(config);
  },
  run: evaluateRun,
});

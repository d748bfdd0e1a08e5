import { writeFileSync } from 'node:fs';
import { DataError } from '@unroll/rnn-core';
import { type Context, type JsonObject, onFile, readRunRecord } from '@unroll/run';
import { type Pair, readOwn, readParallel } from '../data/pairs.ts';
import { judge, judgementJson, judgementTable } from '../evaluation.ts';
import { type EvaluateConfig, trainSchema } from './config.ts';
import { openModel } from './trained-model.ts';

/** What of a run's settings says where its pairs came from. */
const corpusSchema = trainSchema.pick({
  dataset: true,
  data: true,
  valid: true,
  source: true,
  target: true,
  validSource: true,
  validTarget: true,
  dataDir: true,
});

/** `evaluate`: BLEU and chrF of a trained model on what its run held out, or on pairs of one's own. */
export async function evaluateTranslator(config: EvaluateConfig, context: Context): Promise<JsonObject> {
  using trained = await openModel(config, context);
  const pairs = await heldOutPairs(config);
  const judgement = await judge(trained, pairs, config);
  context.out.write(`${judgementTable(judgement, config.beam)}\n`);
  const { output } = config;
  if (output !== undefined)
    onFile(output, 'written', () => writeFileSync(output, `${judgement.translations.join('\n')}\n`));
  return { ...judgementJson(judgement), backend: trained.backend.name, run: config.dir };
}

async function heldOutPairs(config: EvaluateConfig): Promise<{ name: string; pairs: readonly Pair[] }> {
  const { data, source, target, dir, split, dataDir } = config;
  const from = corpusSchema.parse(readRunRecord(dir, 'translate').config);
  if (data === undefined && source === undefined && target === undefined) {
    const corpus = await readParallel({ ...from, dataDir: dataDir ?? from.dataDir });
    const name = corpus.test && split === 'test' ? 'test' : 'valid';
    return { name, pairs: checked(name, corpus[name] ?? []) };
  }
  const pairs = await readOwn({}, { data, source, target });
  return { name: data ?? `${source} and ${target}`, pairs: checked(data ?? `${source} and ${target}`, pairs) };
}

/** @throws DataError naming the first line with an empty side, which no score can be given for */
function checked(where: string, pairs: readonly Pair[]): readonly Pair[] {
  const empty = pairs.find(({ source, target }) => source === '' || target === '');
  if (empty)
    throw new DataError(
      `${where}: every line must have a sentence and its translation, got an empty one on line ${empty.line}`,
    );
  return pairs;
}

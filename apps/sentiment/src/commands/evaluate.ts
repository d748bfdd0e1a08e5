import { classification } from '@unroll/metrics';
import { type Context, type JsonObject, readRunRecord } from '@unroll/run';
import { z } from 'zod';
import { baselines } from '../baseline/index.ts';
import { corpusFlags, type EvaluateConfig } from '../config.ts';
import type { Example } from '../data/example.ts';
import { type LabelledTexts, readExamples, readLabelledTexts } from '../data/labelled-texts.ts';
import { classTable, comparisonTable, conclusion, type Judged, scoreJson, scoreOf, sidesOf } from '../evaluation.ts';
import { networkLogits, verdicts } from '../prediction/judge.ts';
import { TrainedModel } from '../prediction/trained-model.ts';
import { encodeExamples } from '../training/prepared-texts.ts';

/** `evaluate`: a trained model beside the baselines, on what its run held out or on texts of one's own. */
export async function evaluateSentiment(config: EvaluateConfig, context: Context): Promise<JsonObject> {
  using trained = await TrainedModel.open(config, context);
  const from = z.object(corpusFlags).parse(readRunRecord(config.dir, 'sentiment').config);
  const { textColumn = from.textColumn, labelColumn = from.labelColumn, dataDir = from.dataDir } = config;
  const own = config.data === undefined ? undefined : await readExamples(config.data, { textColumn, labelColumn });
  const corpus = own && !config.baselines ? undefined : await readLabelledTexts({ ...from, dataDir });
  const judged = own ?? corpus?.[config.split] ?? [];
  return { ...compare(trained, judged, config.baselines ? corpus : undefined, context), run: config.dir };
}

/**
 * Prints the table that says whether a model is worth its cost.
 *
 * @param corpus what the baselines learn from; none without them
 */
export function compare(
  { labels, reader, model, backend }: TrainedModel,
  examples: readonly Example[],
  corpus: LabelledTexts | undefined,
  { out }: Context,
): JsonObject {
  const encoded = encodeExamples(reader, labels, examples);
  const numbers = encoded.labels;
  const logits = networkLogits(model, backend, encoded.texts);
  const whole: Judged = {
    name: 'this model',
    score: scoreOf(numbers, verdicts(model.ensembleWeights, encoded.texts, logits)),
  };
  const sides = sidesOf(model.ensembleWeights, encoded, logits);
  const others = (corpus ? baselines({ ...corpus, judged: examples }, labels) : []).map(
    ({ name, probabilities }): Judged => ({ name, score: classification(numbers, probabilities, labels.size) }),
  );
  out.write(`${comparisonTable([...others, ...sides, whole])}\n\n${classTable(whole.score, labels)}\n`);
  if (others.length > 0) out.write(`\n${conclusion(whole, others)}\n`);
  return {
    ...scoreJson(whole.score, labels),
    baselines: byName(others),
    sides: byName(sides),
    backend: backend.name,
  };
}

const byName = (all: readonly Judged[]): JsonObject =>
  Object.fromEntries(all.map(({ name, score }) => [name, figures(score)]));

const figures = ({ accuracy, macroF1, matthews, rocAuc, calibrationError }: Judged['score']): JsonObject => ({
  accuracy,
  macroF1,
  matthews,
  rocAuc,
  calibrationError,
});

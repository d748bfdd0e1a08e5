import { type Context, count, type FinishedRun, type JsonObject, runTraining } from '@unroll/run';
import type { TrainConfig } from '../config.ts';
import { type LabelledTexts, readLabelledTexts } from '../data/labelled-texts.ts';
import { comparisonTable, type Judged, scoreJson, scoreOf, sidesOf } from '../evaluation.ts';
import { networkLogits, verdicts } from '../prediction/judge.ts';
import { describeModel, describeReader } from '../prediction/trained-model.ts';
import { encodeExamples, type PreparedTexts, prepareTexts } from '../training/prepared-texts.ts';
import { SentimentTask, shapeOf, stepsPerEpoch } from '../training/sentiment-task.ts';

/** What a finished run is worth. */
export interface SentimentEvaluation {
  /** On the validation texts, and on the test texts where they are others. */
  readonly judged: readonly Judged[];
  /** On the validation texts: the networks and the bag of words, each alone; none where it has no say. */
  readonly sides: readonly Judged[];
}

/** From a configuration to a run folder and its scores on the held-out texts. */
export const trainSentiment = (config: TrainConfig, context: Context): Promise<FinishedRun<SentimentEvaluation>> =>
  trainOn(() => readLabelledTexts(config), config, context);

/** The same, with texts from elsewhere. */
export function trainOn(
  read: () => LabelledTexts | Promise<LabelledTexts>,
  config: TrainConfig,
  context: Context,
): Promise<FinishedRun<SentimentEvaluation>> {
  return runTraining({
    ...{ app: 'sentiment', config, context },
    prepare: async () => {
      const texts = await read();
      if (texts.attribution !== undefined) context.err.write(`${texts.name}: ${texts.attribution}\n`);
      const prepared = await prepareTexts(texts, config);
      if (prepared.vectors) context.err.write(`${prepared.vectors.coverage}\n`);
      return {
        data: texts.name,
        model: describeModel(shapeOf(config, prepared), prepared.labels),
        tokenizer: describeReader(prepared.reader),
        unit: 'tokens',
        metrics: [
          { key: 'loss', label: 'loss', unit: 'nats' },
          { key: 'validAccuracy', label: 'valid accuracy' },
        ],
        stepsPerEpoch: stepsPerEpoch(config, prepared),
        createTask: (backend, steps) => new SentimentTask(config, prepared, backend, steps),
        describe: (task) => describe(config, prepared, task),
        evaluate: async ({ model }, backend) => {
          const judge = (name: 'valid' | 'test') => {
            const encoded = encodeExamples(prepared.reader, prepared.labels, texts[name]);
            const logits = networkLogits(model, backend, encoded.texts);
            const score = scoreOf(encoded.labels, verdicts(model.ensembleWeights, encoded.texts, logits));
            return { encoded, logits, judged: { name, score } };
          };
          const valid = judge('valid');
          const judged: Judged[] = [valid.judged, ...(texts.test === texts.valid ? [] : [judge('test').judged])];
          return {
            evaluation: { judged, sides: sidesOf(model.ensembleWeights, valid.encoded, valid.logits) },
            result: {
              ...Object.fromEntries(judged.map(({ name, score }) => [name, scoreJson(score, prepared.labels)])),
              accuracy: judged.at(-1)?.score.accuracy,
              trust: { ...model.ensembleWeights },
            },
          };
        },
        sampleEvaluation: (trial) => ({ run: () => trial.validate() }),
      };
    },
  });
}

/** `train`. */
export async function trainCommand(config: TrainConfig, context: Context): Promise<JsonObject> {
  const { run, evaluation, result } = await trainSentiment(config, context);
  context.out.write(
    `${comparisonTable(evaluation.judged)}\nCompare it with the lexicon and the bag of words: ${context.invocation} evaluate ${run}\n`,
  );
  return result;
}

function describe(config: TrainConfig, { name, labels, train }: PreparedTexts, { model }: SentimentTask): string {
  const { members, layers, hidden, bidirectional, cell } = config;
  const network = `${members > 1 ? `${members} × ` : ''}${layers}×${hidden} ${bidirectional ? 'bidirectional ' : ''}${cell}`;
  return `${network}, ${count(model.parameterCount)} weights, ${count(train.texts.length)} texts of ${name}, classes ${labels.names.join(', ')}`;
}

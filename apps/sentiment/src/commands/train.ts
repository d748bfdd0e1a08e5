import { loadWeights } from '@unroll/rnn-core';
import { type Context, count, type JsonObject, openBackend, plannedSteps, Run, stepsDone, train } from '@unroll/run';
import type { TrainConfig } from '../config.ts';
import { type LabelledTexts, readLabelledTexts } from '../data/labelled-texts.ts';
import { comparisonTable, type Judged, scoreJson, scoreOf, sidesOf } from '../evaluation.ts';
import { networkLogits, verdicts } from '../prediction/judge.ts';
import { describeModel, describeReader } from '../prediction/trained-model.ts';
import { encodeExamples, type PreparedTexts, prepareTexts } from '../training/prepared-texts.ts';
import { SentimentTask, shapeOf, stepsPerEpoch } from '../training/sentiment-task.ts';

/** A run that came to its end. */
export interface TrainedRun {
  readonly run: string;
  /** On the validation texts, and on the test texts where they are others. */
  readonly judged: readonly Judged[];
  /** On the validation texts: the networks and the bag of words, each alone; none where it has no say. */
  readonly sides: readonly Judged[];
  /** What `--json` prints. */
  readonly result: JsonObject;
}

/** From a configuration to a run folder and its figures on the held-out texts. */
export async function trainSentiment(config: TrainConfig, context: Context): Promise<TrainedRun> {
  return trainOn(await readLabelledTexts(config), config, context);
}

/** The same, with texts that are at hand. */
export async function trainOn(texts: LabelledTexts, config: TrainConfig, context: Context): Promise<TrainedRun> {
  const begin = performance.now();
  if (texts.attribution !== undefined) context.err.write(`${texts.name}: ${texts.attribution}\n`);
  const prepared = await prepareTexts(texts, config);
  using compute = await openBackend(config);
  const { backend } = compute;
  context.err.write(`${compute.reason}\n`);
  if (prepared.vectors) context.err.write(`${prepared.vectors.coverage}\n`);

  const build = (steps: number): SentimentTask => new SentimentTask(config, prepared, backend, steps);
  const elapsedMinutes = (performance.now() - begin) / 60_000;
  const minutes =
    config.minutes === undefined ? undefined : Math.max(config.minutes - elapsedMinutes, 0.01 * config.minutes);
  const steps = await plannedSteps(
    { ...config, minutes },
    {
      stepsPerEpoch: stepsPerEpoch(config, prepared),
      trial: build,
      done: stepsDone(config.resume, 'sentiment'),
      finale: (trial) => ({ run: () => trial.validate() }),
    },
  );

  using task = build(steps);
  using run = Run.open({
    app: 'sentiment',
    context,
    out: config.out,
    resume: config.resume,
    data: texts.name,
    config: { ...config, steps, epochs: undefined, minutes: undefined },
    model: describeModel(shapeOf(config, prepared), prepared.labels),
    tokenizer: describeReader(prepared.reader),
    steps,
    unit: 'tokens',
    figures: [
      { key: 'loss', label: 'loss', unit: 'nats' },
      { key: 'validAccuracy', label: 'valid accuracy' },
    ],
  });
  run.say(describe(run.folder.path, config, prepared, task));
  const ended = await train(run, task, config);

  loadWeights(task.learner.parameters, run.folder.weights('best').tensors, run.folder.path);
  const judge = (name: 'valid' | 'test') => {
    const encoded = encodeExamples(prepared.reader, prepared.labels, texts[name]);
    const logits = networkLogits(task.model, backend, encoded.texts);
    const score = scoreOf(encoded.labels, verdicts(task.model.ensembleWeights, encoded.texts, logits));
    return { encoded, logits, judged: { name, score } };
  };
  const valid = judge('valid');
  const judged: Judged[] = [valid.judged, ...(texts.test === texts.valid ? [] : [judge('test').judged])];
  const result: JsonObject = {
    ...Object.fromEntries(judged.map(({ name, score }) => [name, scoreJson(score, prepared.labels)])),
    accuracy: judged.at(-1)?.score.accuracy,
    ...ended,
    seconds: run.seconds,
    tokensPerSecond: task.spent.tokens / task.spent.seconds || 0,
    trust: { ...task.model.ensembleWeights },
    backend: backend.name,
    run: run.folder.path,
  };
  run.finish(result);
  return {
    run: run.folder.path,
    judged,
    sides: sidesOf(task.model.ensembleWeights, valid.encoded, valid.logits),
    result,
  };
}

/** `train`. */
export async function trainCommand(config: TrainConfig, context: Context): Promise<JsonObject> {
  const { run, judged, result } = await trainSentiment(config, context);
  context.out.write(
    `${comparisonTable(judged)}\nCompare it with the lexicon and the bag of words: ${context.invocation} evaluate ${run}\n`,
  );
  return result;
}

function describe(
  folder: string,
  config: TrainConfig,
  { name, labels, train }: PreparedTexts,
  { model }: SentimentTask,
): string {
  const { members, layers, hidden, bidirectional, cell } = config;
  const network = `${members > 1 ? `${members} × ` : ''}${layers}×${hidden} ${bidirectional ? 'bidirectional ' : ''}${cell}`;
  return `${folder}: ${network}, ${count(model.parameterCount)} weights, ${count(train.texts.length)} texts of ${name}, classes ${labels.names.join(', ')}`;
}

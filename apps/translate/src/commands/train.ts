import { loadWeights } from '@unroll/rnn-core';
import { type Context, count, type JsonObject, openBackend, plannedSteps, Run, stepsDone, train } from '@unroll/run';
import { readEncodedCorpus } from '../data/encoded-corpus.ts';
import { type Judgement, judge, judgementJson, judgementTable } from '../evaluation.ts';
import type { Interpreter } from '../search/translating.ts';
import { stepsPerEpoch, TranslationTask, translationModelConfig } from '../training/translation-task.ts';
import type { TrainConfig } from './config.ts';

const FINALE_SHARE = 1 / 16; // of the final translation, to see how long it takes

const SHORTEST_MINUTES = 0.01; // what is left when reading the pairs has taken all of the budget

/** A finished training: where it lies, what it came to, and the model, while it is used. */
export interface Trained {
  readonly run: string;
  readonly judgement: Judgement;
  /** The best, in nats a token. */
  readonly validLoss: number;
  readonly parameters: number;
  readonly steps: number;
  readonly seconds: number;
  /** What `--json` prints. */
  readonly result: JsonObject;
}

/** `train`: from raw parallel text to a run folder and its BLEU on held-out sentences. */
export async function trainTranslator(
  config: TrainConfig,
  context: Context,
  whenTrained?: (interpreter: Interpreter, judgement: Judgement) => Promise<void>,
): Promise<Trained> {
  const say = (line: string): void => void context.err.write(`${line}\n`);
  const begun = performance.now();
  const corpus = await readEncodedCorpus(config, say);
  using opened = await openBackend(config);
  const { backend, reason } = opened;
  say(reason);

  const build = (steps: number): TranslationTask => new TranslationTask(config, corpus, backend, steps);
  const interpreterOf = ({ model }: TranslationTask): Interpreter => ({
    model,
    backend,
    subwords: corpus.subwords,
    boundary: corpus.subwords.boundaries.target,
  });
  const share = { ...corpus.judged, pairs: corpus.judged.pairs.filter((_, k) => k % (1 / FINALE_SHARE) === 0) };
  const minutes = config.minutes && Math.max(config.minutes - (performance.now() - begun) / 60_000, SHORTEST_MINUTES);
  const steps = await plannedSteps(
    { ...config, minutes },
    {
      done: stepsDone(config.resume, 'translate'),
      stepsPerEpoch: stepsPerEpoch(config, corpus),
      trial: build,
      finale: (trial) => ({ run: async () => judge(interpreterOf(trial), share, config), share: FINALE_SHARE }),
    },
  );

  using run = Run.open({
    app: 'translate',
    context,
    out: config.out,
    resume: config.resume,
    data: corpus.name,
    config: { ...config, steps, epochs: undefined, minutes: undefined },
    model: { ...translationModelConfig(config, corpus) },
    tokenizer: corpus.subwords.toJson(),
    steps,
    unit: 'tokens',
    figures: [
      { key: 'loss', label: 'loss', unit: 'nats' },
      { key: 'validLoss', label: 'valid', unit: 'nats/token' },
    ],
  });
  using task = build(steps);
  run.describe({ parameters: task.model.parameterCount });
  run.say(
    `${count(task.model.parameterCount)} weights, ${count(corpus.train.length)} pairs of ${corpus.name}; the run is ${run.folder.path}`,
  );
  const ending = await train(run, task, config);

  loadWeights(task.learner.parameters, run.folder.weights('best').tensors, run.folder.path);
  const interpreter = interpreterOf(task);
  const judgement = await judge(interpreter, corpus.judged, config, async () => run.breathe());
  const figures = {
    validLoss: ending.bestLoss,
    parameters: task.model.parameterCount,
    steps: ending.steps,
    seconds: run.seconds,
  };
  const result = {
    ...judgementJson(judgement),
    ...figures,
    stoppedEarly: ending.stoppedEarly,
    clippedShare: ending.clippedShare,
    tokensPerSecond: task.spent.tokens / Math.max(task.spent.seconds, 1e-9),
    backend: backend.name,
    run: run.folder.path,
  };
  run.finish(result);
  context.out.write(`${judgementTable(judgement, config.beam)}\n`);
  await whenTrained?.(interpreter, judgement);
  return { run: run.folder.path, judgement, ...figures, result };
}

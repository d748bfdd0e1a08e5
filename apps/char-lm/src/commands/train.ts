import { DataError, loadWeights } from '@unroll/rnn-core';
import {
  type Context,
  count,
  type JsonObject,
  openBackend,
  plannedSteps,
  Run,
  stepsDone,
  train,
  type Upkeep,
} from '@unroll/run';
import { surprises } from '../evaluation.ts';
import { type EncodedCorpus, readEncodedCorpus } from '../tokenizer.ts';
import { CharLmTask, shapeOf } from '../training/char-lm-task.ts';
import { WindowPlan } from '../training/window-plan.ts';
import type { TrainConfig } from './config.ts';
import { type HeldOutScore, scoreHeldOut, scoreJson, scoreTable } from './evaluate.ts';

/** A run that came to its end. */
export interface TrainedRun {
  readonly run: string;
  readonly score: HeldOutScore;
  /** What `--json` prints. */
  readonly result: JsonObject;
}

/** From a text to a run folder and its figure on the held-out text. */
export async function trainCharLm(config: TrainConfig, context: Context): Promise<TrainedRun> {
  const corpus = await readEncodedCorpus(config);
  checkLength(config, corpus);
  using compute = await openBackend(config);
  const { backend } = compute;
  context.err.write(`${compute.reason}\n`);

  const build = (steps: number): CharLmTask => new CharLmTask(config, corpus, backend, steps);
  const steps = await plannedSteps(config, {
    stepsPerEpoch: stepsPerEpoch(config, corpus),
    trial: build,
    done: stepsDone(config.resume, 'char-lm'),
    finale,
  });

  using task = build(steps);
  using run = Run.open({
    app: 'char-lm',
    context,
    out: config.out,
    resume: config.resume,
    data: corpus.name,
    config: { ...config, steps, epochs: undefined, minutes: undefined },
    model: shapeOf(config, corpus),
    tokenizer: { ...corpus.vocab.toJSON() },
    steps,
    unit: 'characters',
    figures: [
      { key: 'loss', label: 'loss', unit: 'nats' },
      { key: 'validBitsPerCharacter', label: 'valid', unit: 'bits/char' },
    ],
  });
  run.say(
    `${run.folder.path}: ${config.layers}×${config.hidden} ${config.cell}, ${count(task.model.parameterCount)} weights, ${count(corpus.train.length)} characters of ${corpus.name}`,
  );
  const ended = await train(run, task, config);

  loadWeights(task.learner.parameters, run.folder.weights('best').tensors, run.folder.path);
  const score = await scoreHeldOut(task.model, backend, corpus, () => run.breathe());
  const result = {
    ...scoreJson(score),
    ...ended,
    seconds: run.seconds,
    charactersPerSecond: task.spent.characters / task.spent.seconds || 0,
    backend: backend.name,
    run: run.folder.path,
  };
  run.finish(result);
  return { run: run.folder.path, score, result };

  /** A part of the final evaluation, to see how long it takes. */
  function finale({ model }: CharLmTask): Pick<Upkeep, 'run' | 'share'> {
    const part = corpus.valid.ids.subarray(0, FINALE_CHARACTERS);
    const characters = corpus.heldOut.reduce((sum, { ids }) => sum + ids.length, 0);
    return {
      run: () => surprises(model, backend, part, { context: corpus.train.slice(-1) }),
      share: part.length / characters,
    };
  }
}

/** `train`. */
export async function trainCommand(config: TrainConfig, context: Context): Promise<JsonObject> {
  const { run, score, result } = await trainCharLm(config, context);
  context.out.write(`${scoreTable(score)}\nSample from it with: ${context.invocation} sample ${run}\n`);
  return result;
}

const FINALE_CHARACTERS = 2048;

/** @throws DataError when the training text does not fill one window */
function checkLength({ batch, window, data, dataset = '' }: TrainConfig, { train }: EncodedCorpus): void {
  const least = batch * window + 1;
  if (train.length < least)
    throw new DataError(
      `${data ?? dataset}: must hold at least --batch × --window + 1 = ${count(least)} characters to learn from, got ${count(train.length)}; take a longer text, or a smaller --batch or --window`,
    );
}

/** How many steps read the training text once. */
function stepsPerEpoch(config: TrainConfig, { train }: EncodedCorpus): number {
  return new WindowPlan({ ...config, steps: 10_000 }).stepsFor(Math.floor((train.length - 1) / config.batch));
}

import { basename } from 'node:path';
import {
  type Backend,
  CheckpointError,
  DivergenceError,
  diagnose,
  fit,
  initialCheckpoint,
  loadWeights,
  NonFiniteError,
  type Parameters,
  savedTensors,
  type TrainingTask,
  transferWeights,
} from '@unroll/rnn-core';
import { openBackend } from '../backend.ts';
import type { Context } from '../cli/context.ts';
import { flagName } from '../cli/flag.ts';
import { shellQuoted } from '../cli/shell-quoted.ts';
import { ANY_OF } from '../console/lists.ts';
import type { ProgressMetric } from '../console/progress.ts';
import { count, significant } from '../console/quantity.ts';
import { writeAtomically } from '../files/file.ts';
import type { JsonObject } from '../files/json.ts';
import { Budget, type Sample } from './budget.ts';
import { chosenPrecision } from './chosen-precision.ts';
import { readGradients, SUMMARISED_SNAPSHOTS } from './metrics-log.ts';
import { type CardText, modelCard } from './model-card.ts';
import { notResumed } from './not-resumed.ts';
import { type Origin, openOrigin, type Transfer } from './origin.ts';
import { gone } from './read-run-data.ts';
import { Replanner } from './replanner.ts';
import { Run } from './run.ts';
import { type RunData, recordedData } from './run-data.ts';
import { readRunRecord } from './run-record.ts';
import { checkAveraged, checkUsage, type TrainingConfig } from './training-config.ts';
import { type PlannedLength, plannedLength, readPlan, stepsDone } from './training-length.ts';
import { trialSave } from './trial-save.ts';

/** What an application makes of its data, ready to be trained. */
export interface PreparedTraining<Task extends TrainingTask, Evaluation> {
  /** What is trained on; its name is part of the folder's. */
  readonly data: RunData;
  /** The class of the model, for `config.json`. */
  readonly architecture: string;
  /** What decides the weights' names and shapes, for `config.json`. */
  readonly model: JsonObject;
  /** What turns text into ids, for `tokenizer.json`. */
  readonly tokenizer: JsonObject;
  /** What the model card says of every model of the application; without it there is no model card. */
  readonly card?: CardText;
  /** What is taken over of the model that the training starts from. */
  readonly transfer?: Transfer | undefined;
  /** Settings that `--minutes` chose, in the place of those of {@link TrainingOptions.config}. */
  readonly chosen?: JsonObject;
  /** What a step reads and its metrics count: `characters`, `tokens`. */
  readonly unit: string;
  /** What progress shows of the metrics. */
  readonly metrics: readonly ProgressMetric[];
  /** Steps of one pass over the data. */
  readonly stepsPerEpoch?: number;
  /** Epochs after which a model with the settings of {@link chosen} has learnt what it can from the data: `--minutes` ends there. */
  readonly mostEpochs?: number | undefined;
  /** Builds the model, its optimiser and the batches of a training of so many steps. */
  readonly createTask: (backend: Backend, steps: number) => Task & Disposable;
  /** The network and the data in one line, for people. */
  readonly describe: (task: Task) => string;
  /** Evaluates the model with its best weights. @returns `result` for `run.json` and `--json` */
  readonly evaluate: (
    task: Task,
    backend: Backend,
  ) => Promise<{ readonly evaluation: Evaluation; readonly result: JsonObject }>;
  /** What the model writes after a validation, in Markdown, for TensorBoard. */
  readonly sampleText?: (task: Task, backend: Backend) => string | Promise<string>;
  /** The evaluation or a fraction of it, to see how long it takes; with `--minutes`. */
  readonly sampleEvaluation?: (task: Task, backend: Backend) => Sample;
}

/** Of {@link runTraining}: what an application adds to a training. */
export interface TrainingOptions<Task extends TrainingTask, Evaluation> {
  readonly app: string;
  readonly config: TrainingConfig & JsonObject;
  readonly context: Context;
  /** The program's command that resumes a run; `train` by default. */
  readonly trainCommand?: string;
  /** The settings that nobody set; with `--minutes` the `precision` is chosen when it is one of them. By default none. */
  readonly unset?: ReadonlySet<string>;
  /**
   * From the configuration to the data; its time counts towards `--minutes`.
   *
   * @param origin the model of `--init-from`; a run that is resumed has its own weights and no other
   */
  readonly prepare: (origin: Origin | undefined, machine: Machine) => Promise<PreparedTraining<Task, Evaluation>>;
}

/** What a training has to compute with. */
export interface Machine {
  readonly backend: Backend;
  /** The time, with `--minutes`. */
  readonly budget: Budget | undefined;
}

/** A run that reached its end. */
export interface FinishedRun<Evaluation> {
  /** The run's folder. */
  readonly run: string;
  readonly evaluation: Evaluation;
  /** The lowest validation loss. */
  readonly bestLoss: number;
  readonly steps: number;
  readonly seconds: number;
  readonly parameters: number;
  /** What `--json` prints and `run.json` keeps. */
  readonly result: JsonObject;
}

/**
 * Runs the whole training of an application: reads the data, plans the length, opens the run's folder, trains, reloads
 * the best weights, evaluates them, and writes the result.
 *
 * @throws Interrupted after Ctrl-C, everything saved
 * @throws NonFiniteError naming the tensor and the step; the last good checkpoint is kept
 * @throws DivergenceError when the loss is far above that of the first step; likewise
 */
export async function runTraining<Task extends TrainingTask, Evaluation>({
  app,
  config: typed,
  context,
  trainCommand,
  unset,
  prepare,
}: TrainingOptions<Task, Evaluation>): Promise<FinishedRun<Evaluation>> {
  checkUsage(typed, app);
  const budget = typed.minutes === undefined ? undefined : new Budget({ minutes: typed.minutes });
  const say = (line: string): void => void context.err.write(`${line}\n`);
  const given =
    budget && unset?.has('precision') ? { ...typed, precision: await chosenPrecision(typed, say) } : typed;
  const origin = given.initFrom === undefined ? undefined : openOrigin(given.initFrom, app, say);
  using opened = await openBackend(given);
  const { backend } = opened;
  const training = await prepared();
  const settings = { ...given, ...training.chosen };
  const { data, architecture, model, tokenizer, unit, metrics } = training;
  say(opened.reason);

  const { steps, mostSteps, validateEvery } = await lengthOf(training, {
    app,
    config: settings,
    backend,
    budget,
    say,
  });
  const config = { ...settings, validateEvery };
  checkAveraged(config, steps);
  using task = training.createTask(backend, steps);
  const { learner } = task;
  const { plan } = learner;
  for (const revision of config.plan ? readPlan(config.plan).revisions : []) plan.revise(revision);
  if (origin) startFrom(origin, learner.parameters, training.transfer, say);
  const parameters = learner.parameters.size;
  using run = Run.open({
    app,
    context,
    trainCommand,
    data,
    architecture,
    model,
    tokenizer,
    steps: plan.steps,
    unit,
    metrics,
    out: config.out,
    resume: config.resume,
    config: {
      ...config,
      steps: config.plan ? undefined : steps,
      epochs: undefined,
      minutes: undefined,
      initFrom: undefined,
    },
    origin: origin && { record: origin.record, initial: initialCheckpoint(task) },
    averageCheckpoints: config.averageCheckpoints,
    ...(config.tensorboard && { tensorboard: (await import('./tensorboard-log.ts')).TensorBoardLog }), // loaded where it is asked for
  });
  run.describe({ parameters });
  run.say(`${run.folder.path}: ${training.describe(task)}`);
  const { sampleText } = training;
  const replanner = budget && new Replanner({ budget, plan, mostSteps, onRevised: () => run.revise(plan) });
  const fitted = await fitRun(run, task, {
    config,
    steps,
    replan: replanner?.replan,
    sampleText: sampleText && (() => sampleText(task, backend)),
  });
  if (fitted.stopped === 'signal') run.stop();

  const { bestLoss, ...averaged } = await loadBest(run, task, fitted.bestLoss);
  const { evaluation, result } = await run.evaluate(() => training.evaluate(task, backend));
  const { step, clippedFraction, stepSeconds } = fitted;
  const { seconds } = run;
  const whole = {
    ...result,
    steps: step,
    stoppedEarly: fitted.stopped !== 'steps',
    bestLoss,
    ...averaged,
    clippedFraction,
    parameters,
    seconds,
    [`${unit}PerSecond`]: run.amount / stepSeconds || 0,
    backend: backend.name,
    run: run.folder.path,
  };
  if (training.card) writeCard(run, training.card, { app, data, context, parameters, steps: step, result });
  run.finish(whole);
  return { run: run.folder.path, evaluation, bestLoss, steps: step, seconds, parameters, result: whole };

  async function prepared(): Promise<PreparedTraining<Task, Evaluation>> {
    try {
      return await prepare(origin, { backend, budget });
    } catch (error) {
      const { resume } = given;
      throw resume === undefined ? error : gone(notResumed(error, resume), readRunRecord(resume, app), resume);
    }
  }
}

interface LengthOptions extends Machine {
  readonly app: string;
  readonly config: TrainingConfig;
  readonly say: (line: string) => void;
}

/** How long a training is, and how many steps it has at most, however fast the machine turns out to be. */
async function lengthOf<Task extends TrainingTask>(
  training: PreparedTraining<Task, unknown>,
  { app, config, backend, budget, say }: LengthOptions,
): Promise<PlannedLength & { readonly mostSteps: number | undefined }> {
  const { model, stepsPerEpoch, sampleEvaluation, mostEpochs = 0 } = training;
  const mostSteps = config.resume === undefined ? mostStepsOf(training) : undefined;
  const length = await plannedLength(
    config,
    {
      stepsPerEpoch,
      createTask: (steps: number) => training.createTask(backend, steps),
      stepsBefore: budget ? stepsDone(config.resume, app) : 0,
      mostSteps,
      save: (trial: Task) => trialSave(trial, { app, model }),
      sampleEvaluation: sampleEvaluation && ((trial: Task) => sampleEvaluation(trial, backend)),
      leastValidations: config.averageCheckpoints,
    },
    budget,
  );
  if (budget && length.steps === mostSteps)
    say(
      `Ends before the time is up, after ${significant(mostEpochs, 2)} epochs: longer training would only learn so little data by heart; to do so give --epochs`,
    );
  return { ...length, mostSteps };
}

const mostStepsOf = ({
  mostEpochs,
  stepsPerEpoch = 0,
}: Pick<PreparedTraining<TrainingTask, unknown>, 'mostEpochs' | 'stepsPerEpoch'>): number | undefined =>
  mostEpochs === undefined ? undefined : Math.max(1, Math.round(mostEpochs * stepsPerEpoch));

/** Takes over the weights of another model. */
function startFrom(
  { where, weights, record }: Origin,
  parameters: Parameters,
  transfer: Transfer | undefined,
  say: (line: string) => void,
): void {
  transferWeights(parameters, weights, transfer, where);
  say(`${where}: starts from its weights of step ${count(record.step)}`);
  for (const note of transfer?.notes ?? []) say(note);
}

interface CardOptions {
  readonly app: string;
  readonly data: RunData;
  readonly context: Context;
  readonly parameters: number;
  readonly steps: number;
  readonly result: JsonObject;
}

/** Writes the model card into the run's folder. */
function writeCard({ folder }: Run, card: CardText, { data, context, ...trained }: CardOptions): void {
  const text = modelCard({
    ...card,
    ...trained,
    name: basename(folder.path),
    data: recordedData(data),
    trainCommand: context.command,
    evaluateCommand: `${context.invocation} evaluate ${shellQuoted(folder.path)}`,
  });
  writeAtomically(folder.file('README.md'), text);
}

/** The validation losses of the best checkpoint, of the average of the best ones, and of that of the last ones. */
type Averages = { readonly checkpoint: number; readonly ofBest: number; readonly ofLast: number };

/**
 * Puts the best weights into the model: those of the best checkpoint, or an average of several where it has a lower
 * validation loss and then replaces it.
 *
 * @returns their validation loss, and of what it was compared with
 */
async function loadBest(
  run: Run,
  task: TrainingTask,
  checkpoint: number,
): Promise<{ readonly bestLoss: number; readonly averages?: Averages }> {
  const { kept, folder } = run;
  const { parameters } = task.learner;
  let bestLoss = checkpoint;
  let averages: Averages | undefined;
  if (kept && kept.best.length > 1) {
    const lossOf = async (steps: readonly number[]): Promise<number> => {
      loadWeights(parameters, kept.average(steps), folder.path);
      const { loss } = await task.validate();
      if (loss < bestLoss) run.saveBest(steps.at(-1) as number, savedTensors(parameters));
      bestLoss = Math.min(loss, bestLoss);
      return loss;
    };
    const { best, last } = kept;
    const ofBest = await lossOf(best);
    averages = { checkpoint, ofBest, ofLast: best.join() === last.join() ? ofBest : await lossOf(last) };
    const which = bestLoss === checkpoint ? 'the best checkpoint' : 'the better average';
    run.say(
      `Validation loss of the best checkpoint ${checkpoint.toFixed(4)}; averaged over the best, of steps ${listed(best)}, ${ofBest.toFixed(4)}; over the last, of steps ${listed(last)}, ${averages.ofLast.toFixed(4)}; ${which} is kept`,
    );
  }
  loadWeights(parameters, run.best(), folder.path);
  return { bestLoss, ...(averages && { averages }) };
}

const listed = (steps: readonly number[]): string => steps.map(count).join(', ');

interface FitRunOptions {
  readonly config: TrainingConfig;
  /** At the start; `learner.plan` may have revised them. */
  readonly steps: number;
  readonly replan: Replanner['replan'] | undefined;
  readonly sampleText: (() => string | Promise<string>) | undefined;
}

/** `fit` in a run's folder. */
async function fitRun(run: Run, task: TrainingTask, { config, steps, replan, sampleText }: FitRunOptions) {
  const { patience, validateEvery, resume, tensorboard } = config;
  const { signal } = run;
  try {
    const fitted = await fit(task, {
      steps,
      replan,
      patience,
      validateEvery,
      signal,
      checkpoints: run,
      log: async (record) => {
        run.log(record);
        if (tensorboard && sampleText && 'validLoss' in record)
          run.logText(record.step, 'sample', await sampleText());
      },
    });
    const snapshots = readGradients(run.folder.path).slice(-SUMMARISED_SNAPSHOTS);
    if (snapshots.length > 0 && fitted.stopped !== 'signal') run.say(diagnose(snapshots).text);
    return fitted;
  } catch (error) {
    if (error instanceof NonFiniteError || error instanceof DivergenceError)
      error.message += `; training stopped, ${kept(run)}${remedyFor(config)}`;
    if (error instanceof CheckpointError && resume !== undefined)
      error.message = `${run.folder.path}: ${error.message}; resume with the settings and data of the run`;
    throw error;
  }
}

/** Which flags of a training help against a divergence: those that it has. */
function remedyFor(config: object): string {
  const flags = ['lr', 'gradClip'].filter((key) => key in config).map(flagName);
  return flags.length === 0 ? '; try another --seed' : `; try a lower ${ANY_OF.format(flags)}`;
}

const kept = ({ folder, savedStep }: Run): string =>
  savedStep === undefined
    ? 'before the first checkpoint'
    : `and ${folder.path} keeps the checkpoint of step ${count(savedStep)}`;

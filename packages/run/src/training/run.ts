import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Checkpoint,
  CheckpointError,
  type CheckpointStore,
  type MetricsRecord,
  type SavedTensors,
  type SaveOptions,
  withoutBest,
} from '@unroll/rnn-core';
import type { Context } from '../cli/context.ts';
import { Interrupt, Interrupted } from '../cli/interrupt.ts';
import { shellQuoted } from '../cli/shell-quoted.ts';
import { Progress, type ProgressMetric } from '../console/progress.ts';
import { count } from '../console/quantity.ts';
import { createFolder, FileError, onFile, readText, temporaryOf, writeAtomically } from '../files/file.ts';
import { type JsonObject, printJson } from '../files/json.ts';
import { type CheckpointFile, readCheckpoint, writeCheckpoint } from './checkpoint-file.ts';
import { checkEmpty } from './empty-folder.ts';
import { FolderLock } from './folder-lock.ts';
import { KeptCheckpoints } from './kept-checkpoints.ts';
import { METRICS_LOG, MetricsLog } from './metrics-log.ts';
import { ModelFolder, WEIGHT_PREFIX, withPrefix } from './model-folder.ts';
import { type RunData, recordedData } from './run-data.ts';
import { newRunRecord, type RunRecord, readRunRecord, writeRunRecord } from './run-record.ts';
import { refuseStoredModel } from './stored-model.ts';
import { TensorBoardLog } from './tensorboard-log.ts';
import { checkSteps } from './training-config.ts';

/** Of {@link Run.open}. */
export interface RunOptions {
  readonly app: string;
  readonly context: Context;
  /** Where a new run goes; by default the next free `runs/<app>-<data>-<n>`. */
  readonly out?: string | undefined;
  /** The folder of a run to resume. */
  readonly resume?: string | undefined;
  /** The program's command that resumes a run; `train` by default. */
  readonly trainCommand?: string | undefined;
  /** What is trained on; its name is part of the folder's. */
  readonly data: RunData;
  /** Every setting, resolved, for `run.json`. */
  readonly config: JsonObject;
  /** The class of the model, for `config.json`. */
  readonly architecture: string;
  /** What decides the weights' names and shapes, for `config.json`; a checkpoint must agree with it. */
  readonly model: JsonObject;
  /** What turns text into ids, for `tokenizer.json`; a resumed run must have the same. */
  readonly tokenizer: JsonObject;
  readonly steps: number;
  /** The model whose weights a new run starts from, and the run before its first step. */
  readonly origin?: { readonly record: RunRecord['origin']; readonly initial: Checkpoint } | undefined;
  /** Writes an event file of TensorBoard too; default: false. */
  readonly tensorboard?: boolean | undefined;
  /** How many of the best and of the last checkpoints to keep for {@link Run.kept}; by default none. */
  readonly averageCheckpoints?: number | undefined;
  /** What the records count: `characters`, `tokens`. */
  readonly unit: string;
  /** What progress shows of the records. */
  readonly metrics: readonly ProgressMetric[];
}

const TRAINER_PREFIX = 'trainer.';

/**
 * One training run and its folder: a store of checkpoints on disk, the log of metrics, progress, and Ctrl-C.
 *
 *     using run = Run.open({ … });
 *     const { stopped } = await fit(task, {
 *       steps: run.steps,
 *       checkpoints: run,
 *       log: (record) => run.log(record),
 *       signal: run.signal,
 *     });
 *     if (stopped === 'signal') run.stop();
 *     run.finish({ … });
 *
 * `trainer.safetensors` alone is what a run resumes from: weights, moments and counters of one step in one file, replaced
 * by one rename. `model.safetensors`, the best weights, is replaced before it, so a run killed between the two goes back
 * to the older step, reaches the same best again and writes the same bytes.
 */
export class Run implements CheckpointStore, Disposable {
  readonly folder: ModelFolder;
  readonly steps: number;
  /** The checkpoints that are to be averaged; undefined when there are none to be. */
  readonly kept: KeptCheckpoints | undefined;
  readonly #context: Context;
  readonly #trainCommand: string;
  readonly #unit: string;
  readonly #lock: FolderLock;
  readonly #progress: Progress;
  readonly #interrupt: Interrupt;
  readonly #data: string;
  readonly #hasTensorBoard: boolean;
  #metrics: MetricsLog | undefined;
  #tensorboard: TensorBoardLog | undefined;
  #record: RunRecord;
  readonly #start: number;
  #savedStep: number | undefined;
  #amount = 0;
  #isEvaluating = false;
  #isOpen = true;

  /**
   * @throws ConfigError when the folder to be made is already there
   * @throws CheckpointError when the run to resume is damaged, or of another model, text or application
   * @throws LockedError when another process trains in this folder
   */
  static open(options: RunOptions): Run {
    const { lock, ...opened } =
      options.resume === undefined ? createRun(options) : reopenRun(options, options.resume);
    try {
      return new Run(options, lock, opened);
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  private constructor(
    options: RunOptions,
    lock: FolderLock,
    { folder, record, isFinished }: Omit<OpenedFolder, 'lock'>,
  ) {
    const { context, trainCommand = 'train', steps, unit, metrics, data, averageCheckpoints = 1 } = options;
    this.folder = folder;
    this.steps = steps;
    this.#hasTensorBoard = options.tensorboard ?? false;
    this.#context = context;
    this.#trainCommand = trainCommand;
    this.#unit = unit;
    this.#lock = lock;
    this.#record = record;
    this.#data = recordedData(data).sha256;

    const saved = lastCheckpoint(folder);
    if (saved) checkSteps(steps, saved.step, folder.path);
    this.#savedStep = saved?.step;
    if (averageCheckpoints > 1) this.kept = new KeptCheckpoints(folder, averageCheckpoints, saved?.step ?? 0);
    if (this.#isOfOtherData(saved)) this.kept?.clear();
    this.#start = performance.now() / 1000 - Number(saved?.state['seconds'] ?? 0);
    this.#progress = new Progress({ steps, unit, metrics, stream: context.err });
    this.#interrupt = new Interrupt(() => {
      if (!this.#isEvaluating)
        this.say('Stopping after this step, then saving. Ctrl-C again stops at once; the last checkpoint is kept.');
    });
    this.#progress.start(saved?.step ?? 0);
    if (isFinished && saved?.step === steps)
      this.say(
        `${folder.path} has already done its ${count(steps)} steps; to train further give --steps N or --minutes N`,
      );
    if (this.#isOfOtherData(saved))
      this.say(
        `${folder.path}: the data is not what the run was trained with before; its best checkpoint is chosen anew`,
      );
  }

  /** Seconds that the run has taken, those before it was resumed included. */
  get seconds(): number {
    return performance.now() / 1000 - this.#start;
  }

  /** Aborted by Ctrl-C: finish the step, {@link save}, {@link stop}. */
  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }

  /** The step of the last checkpoint; undefined before the first. */
  get savedStep(): number | undefined {
    return this.#savedStep;
  }

  /** How much of the unit the records have counted since the start or the last resume. */
  get amount(): number {
    return this.#amount;
  }

  /** The command that resumes this run. */
  get resumeCommand(): string {
    return `${this.#context.invocation} ${this.#trainCommand} --resume ${shellQuoted(this.folder.path)}`;
  }

  /** Prints a line for a person, above the live one. */
  say(line: string): void {
    this.#progress.say(line);
  }

  /** Writes a record to `metrics.jsonl` and shows it. @throws FileError */
  log(record: MetricsRecord): void {
    const timed = { ...record, seconds: Number(this.seconds.toFixed(3)) };
    this.#onDisk(() => {
      this.#openMetrics().append(timed);
      this.#tensorboard?.append(timed);
    });
    this.#amount += Number(record[this.#unit] ?? 0);
    this.#progress.update(record);
  }

  /** Writes a text in Markdown to the event file of TensorBoard, if there is to be one. @throws FileError */
  logText(step: number, name: string, text: string): void {
    this.#onDisk(() => this.#tensorboard?.append({ step, [name]: text }));
  }

  /** The checkpoint in `trainer.safetensors`; undefined before the first. @throws CheckpointError */
  last(): Checkpoint | undefined {
    const saved = lastCheckpoint(this.folder);
    if (!saved) return undefined;
    const { seconds: _, data: __, ...state } = saved.state;
    const checkpoint = {
      step: saved.step,
      weights: withPrefix(saved.tensors, WEIGHT_PREFIX),
      trainer: withPrefix(saved.tensors, TRAINER_PREFIX),
      state,
    };
    return this.#isOfOtherData(saved) ? withoutBest(checkpoint) : checkpoint;
  }

  #isOfOtherData(saved: CheckpointFile | undefined): boolean {
    const data = saved?.state['data'];
    return data !== undefined && data !== this.#data;
  }

  /**
   * What a resume changes on disk is changed with its first record: by then it is known to work, and a run whose resume
   * was refused is as it was.
   */
  #openMetrics(): MetricsLog {
    if (this.#metrics) return this.#metrics;
    sweep(this.folder);
    const saved = this.#savedStep ?? -1;
    this.#metrics = new MetricsLog(this.folder.file(METRICS_LOG), saved);
    if (this.#hasTensorBoard) this.#tensorboard = new TensorBoardLog(this.folder.path, saved);
    writeRunRecord(this.folder.path, this.#record);
    return this.#metrics;
  }

  /** The weights in `model.safetensors`. @throws CheckpointError */
  best(): SavedTensors {
    return this.folder.weights('best').tensors;
  }

  /**
   * Writes `trainer.safetensors`; with `isBest`, `model.safetensors` too. All records of its step must have been logged.
   *
   * @throws FileError when the disk refuses; what was saved before is intact
   */
  save(checkpoint: Checkpoint, { isBest, loss }: SaveOptions): void {
    const { step, weights } = checkpoint;
    this.#onDisk(() => {
      this.#openMetrics().sync(step);
      this.#tensorboard?.sync();
      if (loss !== undefined) this.kept?.keep(step, loss, weights);
      if (isBest) this.#writeBest(step, weights);
      writeTrainer(this.folder, checkpoint, { seconds: this.seconds, data: this.#data });
    });
    this.#savedStep = step;
  }

  /** Replaces the weights in `model.safetensors`. @param step the last that they are from @throws FileError */
  saveBest(step: number, weights: SavedTensors): void {
    this.#onDisk(() => this.#writeBest(step, weights));
  }

  #writeBest(step: number, tensors: SavedTensors): void {
    const { app, model, hashes } = this.folder;
    writeCheckpoint(this.folder.file('model.safetensors'), { app, model, step, tensors, state: {}, hashes });
  }

  /** Adds to an error of the disk how to resume. */
  #onDisk(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (error instanceof FileError) error.message += `; when it can be, resume with: ${this.resumeCommand}`;
      throw error;
    }
  }

  /** Ends a run that was asked to stop, after its last save. @throws Interrupted always, with the command that resumes it */
  stop(): never {
    this[Symbol.dispose]();
    throw new Interrupted(`stopped and saved; resume with: ${this.resumeCommand}`);
  }

  /**
   * Evaluates the trained model, unless Ctrl-C comes before the end: then the evaluation is given up.
   *
   * @throws Interrupted after Ctrl-C, with the command that evaluates the run and records its result
   */
  async evaluate<T>(evaluate: () => Promise<T>): Promise<T> {
    const interrupted = (): Interrupted =>
      new Interrupted(
        `The training is finished and saved; stopping without the evaluation. Evaluate it with: ${this.resumeCommand}`,
      );
    if (this.signal.aborted) throw interrupted();
    this.#isEvaluating = true;
    const stopped = new Promise<never>((_, reject) => {
      this.signal.addEventListener('abort', () => reject(interrupted()), { once: true });
    });
    return await Promise.race([evaluate(), stopped]);
  }

  /** Records what is known of the model before training: how many parameters it has. */
  describe(model: RunRecord['model']): void {
    this.#record = { ...this.#record, model };
  }

  /** Ends a run that reached its end; `run.json` keeps its result, time and memory. */
  finish(result: JsonObject): void {
    const usage = { seconds: this.seconds, peakMemoryBytes: process.resourceUsage().maxRSS * 1024 };
    writeRunRecord(this.folder.path, { ...this.#record, usage, result });
    this[Symbol.dispose]();
  }

  /** Closes the log and gives the folder free; closing twice is allowed. */
  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    using _ = this.#lock;
    this.#interrupt[Symbol.dispose]();
    this.#progress.end();
    this.#metrics?.close();
    this.#tensorboard?.close();
  }
}

/** Writes `trainer.safetensors`. */
function writeTrainer(folder: ModelFolder, { step, weights, trainer, state }: Checkpoint, more: JsonObject): void {
  const { app, model, hashes } = folder;
  const tensors = new Map([...prefixed(weights, WEIGHT_PREFIX), ...prefixed(trainer, TRAINER_PREFIX)]);
  writeCheckpoint(folder.file('trainer.safetensors'), {
    app,
    model,
    step,
    tensors,
    state: { ...state, ...more },
    hashes,
  });
}

function lastCheckpoint(folder: ModelFolder): CheckpointFile | undefined {
  const file = folder.file('trainer.safetensors');
  return existsSync(file) ? readCheckpoint(file, folder) : undefined;
}

const prefixed = (tensors: SavedTensors, prefix: string) =>
  [...tensors].map(([name, tensor]) => [`${prefix}${name}`, tensor] as const);

interface OpenedFolder {
  readonly folder: ModelFolder;
  readonly record: RunRecord;
  readonly lock: FolderLock;
  /** Whether the run has reached its end before. */
  readonly isFinished: boolean;
}

/**
 * Makes the folder; `run.json` comes last, so that a folder which has one is whole. Weights of another run are saved before,
 * so that a resume never needs that run.
 */
function createRun(options: RunOptions): OpenedFolder {
  const { app, data, out, architecture, model, tokenizer, config, steps, context, origin } = options;
  const path = out ?? nextFreeFolder(`${app}-${data.name}`);
  createFolder(path);
  checkEmpty(path);
  const lock = FolderLock.acquire(path, 'run');
  try {
    checkEmpty(path);
    const folder = new ModelFolder(path, app, architecture, model);
    const recorded = recordedData(data);
    const record = newRunRecord({
      app,
      command: context.command,
      config,
      steps,
      data: recorded,
      origin: origin?.record,
    });
    writeAtomically(folder.file('config.json'), folder.configText);
    writeAtomically(folder.file('tokenizer.json'), printJson(tokenizer));
    if (origin) writeTrainer(folder, origin.initial, { seconds: 0, data: recorded.sha256 });
    writeRunRecord(path, record);
    return { folder, record, lock, isFinished: false };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

/** Checks that what is to be trained is what the folder holds. */
function reopenRun(options: RunOptions, path: string): OpenedFolder {
  const { app, architecture, model, tokenizer, config, steps, data } = options;
  readRunRecord(path, app);
  refuseStoredModel(ModelFolder.open(path, app));
  const lock = FolderLock.acquire(path, 'run');
  try {
    const { result, usage: _, ...record } = readRunRecord(path, app);
    const folder = new ModelFolder(path, app, architecture, model);
    if (readText(folder.file('tokenizer.json')) !== printJson(tokenizer))
      throw new CheckpointError(
        `the training data has another vocabulary than ${path}; resume with the data of the run`,
      );
    if (readText(folder.file('config.json')) !== folder.configText)
      throw new CheckpointError(
        `${folder.file('config.json')}: must be what this configuration and data give, got another; resume with the flags and data of the run`,
      );
    const isFinished = result !== undefined;
    return { folder, record: { ...record, config, steps, data: recordedData(data) }, lock, isFinished };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

/** Removes what a kill has left half written. */
function sweep(folder: ModelFolder): void {
  for (const name of ['model.safetensors', 'trainer.safetensors', METRICS_LOG, 'run.json'])
    rmSync(temporaryOf(folder.file(name)), { force: true });
}

/** Makes `runs/<name>-1`, or the first number nobody has; claiming it is one operation of the file system. @throws FileError */
export function nextFreeFolder(name: string): string {
  createFolder('runs');
  for (let number = 1; ; number++) {
    const path = join('runs', `${name}-${number}`);
    try {
      onFile(path, 'created', () => mkdirSync(path));
      return path;
    } catch (error) {
      if (!(error instanceof FileError && error.code === 'EEXIST')) throw error;
    }
  }
}

import {
  type Checkpoint,
  type CheckpointStore,
  type MetricsRecord,
  type SavedTensors,
  type SaveOptions,
  type StepPlan,
  withoutBest,
} from '@unroll/rnn-core';
import type { Context } from '../cli/context.ts';
import { Interrupt, Interrupted } from '../cli/interrupt.ts';
import { shellQuoted } from '../cli/shell-quoted.ts';
import { Progress, type ProgressMetric } from '../console/progress.ts';
import { count } from '../console/quantity.ts';
import { FileError } from '../files/file.ts';
import type { JsonObject } from '../files/json.ts';
import { writeCheckpoint } from './checkpoint-file.ts';
import { FolderLock } from './folder-lock.ts';
import { KeptCheckpoints } from './kept-checkpoints.ts';
import { METRICS_LOG, MetricsLog } from './metrics-log.ts';
import type { ModelFolder } from './model-folder.ts';
import { recordedData } from './run-data.ts';
import {
  createRun,
  newFolder,
  type OpenedFolder,
  type RunFolderOptions,
  reopenRun,
  resumableFolder,
  sweep,
} from './run-folder.ts';
import { type RunRecord, writeRunRecord } from './run-record.ts';
import type { TensorBoardLog } from './tensorboard-log.ts';
import { readTrainer, type TrainerFile, trainerCheckpoint, writeTrainer } from './trainer-file.ts';
import { checkSteps } from './training-config.ts';
import { writtenPlan } from './training-length.ts';

/** What a run is of, where it goes and what it shows. */
export interface RunOptions extends RunFolderOptions {
  /** The folder of a run to resume. */
  readonly resume?: string | undefined;
  /** The program's command that resumes a run; `train` by default. */
  readonly trainCommand?: string | undefined;
  /** The class that writes an event file of TensorBoard too; by default none is written. */
  readonly tensorboard?: typeof TensorBoardLog | undefined;
  /** How many of the best and of the last checkpoints to keep for {@link Run.kept}; by default none. */
  readonly averageCheckpoints?: number | undefined;
  /** What the records count: `characters`, `tokens`. */
  readonly unit: string;
  /** What progress shows of the records. */
  readonly metrics: readonly ProgressMetric[];
}

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
  /** The checkpoints that are to be averaged; undefined when there are none to be. */
  readonly kept: KeptCheckpoints | undefined;
  readonly #context: Context;
  readonly #trainCommand: string;
  readonly #unit: string;
  readonly #lock: FolderLock;
  readonly #progress: Progress;
  readonly #interrupt: Interrupt;
  readonly #data: string;
  readonly #TensorBoardLog: typeof TensorBoardLog | undefined;
  #metrics: MetricsLog | undefined;
  #tensorboard: TensorBoardLog | undefined;
  #record: RunRecord;
  readonly #start: number;
  #savedStep: number | undefined;
  #steps: number;
  #amount = 0;
  #isEvaluating = false;
  #isOpen = true;

  /**
   * @throws ConfigError when the folder to be made is already there
   * @throws CheckpointError when the run to resume is damaged, or of another model, text or application
   * @throws LockedError when another process trains in this folder
   */
  static open(options: RunOptions): Run {
    const { app, resume } = options;
    const path = resume === undefined ? newFolder(options) : resumableFolder(resume, app);
    return FolderLock.around(path, 'run', (lock) => {
      const opened = resume === undefined ? createRun(path, options) : reopenRun(path, options);
      return new Run(options, lock, opened);
    });
  }

  private constructor(options: RunOptions, lock: FolderLock, { folder, record, isFinished }: OpenedFolder) {
    const { context, trainCommand = 'train', steps, unit, metrics, data, averageCheckpoints = 1 } = options;
    this.folder = folder;
    this.#steps = steps;
    this.#TensorBoardLog = options.tensorboard;
    this.#context = context;
    this.#trainCommand = trainCommand;
    this.#unit = unit;
    this.#lock = lock;
    this.#record = record;
    this.#data = recordedData(data).sha256;

    const saved = readTrainer(folder);
    if (saved) checkSteps(steps, saved.step, folder.path);
    this.#savedStep = saved?.step;
    if (averageCheckpoints > 1) this.kept = new KeptCheckpoints(folder, averageCheckpoints, saved?.step ?? 0);
    if (this.#isOfOtherData(saved)) this.kept?.clear();
    this.#start = performance.now() / 1000 - (saved?.facts.seconds ?? 0);
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

  /** Steps of the whole run; {@link revise} may change them. */
  get steps(): number {
    return this.#steps;
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

  /** Records that the number of steps was revised: a resumed run has the same plan. @throws FileError */
  revise(plan: StepPlan): void {
    this.#steps = plan.steps;
    this.#progress.steps = plan.steps;
    const config = { ...this.#record.config, steps: undefined, plan: writtenPlan(plan) };
    this.#record = { ...this.#record, config, steps: plan.steps };
    this.#onDisk(() => writeRunRecord(this.folder.path, this.#record));
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
    const saved = readTrainer(this.folder);
    if (!saved) return undefined;
    const checkpoint = trainerCheckpoint(saved);
    return this.#isOfOtherData(saved) ? withoutBest(checkpoint) : checkpoint;
  }

  #isOfOtherData(saved: TrainerFile | undefined): boolean {
    const data = saved?.facts.data;
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
    if (this.#TensorBoardLog) this.#tensorboard = new this.#TensorBoardLog(this.folder.path, saved);
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

import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { CheckpointError, ConfigError, type SavedTensors } from '@unroll/rnn-core';
import type { Context } from '../cli/context.ts';
import { Interrupt, Interrupted } from '../cli/interrupt.ts';
import { type Figure, Progress } from '../console/progress.ts';
import { count } from '../console/quantity.ts';
import { createFolder, FileError, onFile, readText, temporaryOf, writeAtomically } from '../files/file.ts';
import { type JsonObject, printJson } from '../files/json.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { MetricsLog, type MetricsRecord } from './metrics-log.ts';
import { ModelFolder, WEIGHT_PREFIX, withPrefix } from './model-folder.ts';
import { newRunRecord, type RunRecord, readRunRecord, writeRunRecord } from './run-record.ts';

export interface RunOptions {
  readonly app: string;
  readonly context: Context;
  /** Where a new run goes; by default the next free `runs/<app>-<data>-<n>`. */
  readonly out?: string | undefined;
  /** The folder of a run to go on with. */
  readonly resume?: string | undefined;
  /** The data set's name, for the folder's. */
  readonly data: string;
  /** Every setting, resolved, for `run.json`. */
  readonly config: JsonObject;
  /** What decides the weights' names and shapes, for `config.json`; a checkpoint must agree with it. */
  readonly model: JsonObject;
  /** What turns text into ids, for `tokenizer.json`; a resumed run must come to the same. */
  readonly tokenizer: JsonObject;
  readonly steps: number;
  /** What the records count: `characters`, `sentences`, `tokens`. */
  readonly unit: string;
  /** What progress shows of the records. */
  readonly figures: readonly Figure[];
}

/** Everything of one moment of training. */
export interface Moment {
  readonly step: number;
  /** The model's, by the names other programs know them by. */
  readonly weights: SavedTensors;
  /** The optimiser's moments, the carried state: every other array. */
  readonly trainer: SavedTensors;
  /** Everything that is not an array: streams of randomness, the data cursor, counters, the best figure so far. */
  readonly state: JsonObject;
}

const TRAINER_PREFIX = 'trainer.';
const TURN_MILLISECONDS = 20; // signals are received at most this much later

/**
 * One training run and its folder.
 *
 *     using run = Run.open({ … });
 *     if (run.resumed) restore(run.resumed);
 *     for (let step = (run.resumed?.step ?? 0) + 1; step <= run.steps; step++) {
 *       …
 *       await run.log({ step, nats, characters: T * B });
 *       if (step % saveEvery === 0 || step === run.steps || run.stopRequested) run.save(moment(step), { isBest });
 *       if (run.stopRequested) run.stop();
 *     }
 *     return run.finish({ … });
 *
 * `trainer.safetensors` alone is what a run resumes from: weights, moments and counters of one step in one file, replaced
 * by one rename. `model.safetensors`, the best weights, is replaced before it, so a run killed between the two goes back
 * to the older step, comes to the same best again and writes the same bytes.
 */
export class Run implements Disposable {
  readonly folder: ModelFolder;
  readonly steps: number;
  /** Where the run to go on with was saved last; undefined when this one begins at step 1. */
  readonly resumed: Moment | undefined;
  readonly #context: Context;
  readonly #metrics: MetricsLog;
  readonly #progress: Progress;
  readonly #interrupt: Interrupt;
  #record: RunRecord;
  readonly #start: number;
  #lastTurn = performance.now();
  #isOpen = true;

  /**
   * @throws ConfigError when the folder to be made is already there
   * @throws CheckpointError when the run to resume is damaged, or of another model, text or application
   */
  static open(options: RunOptions): Run {
    return new Run(options, options.resume === undefined ? createRun(options) : reopenRun(options, options.resume));
  }

  private constructor(options: RunOptions, { folder, record }: { folder: ModelFolder; record: RunRecord }) {
    const { context, steps, unit, figures } = options;
    this.folder = folder;
    this.steps = steps;
    this.#context = context;
    this.#record = record;

    const trainer = folder.file('trainer.safetensors');
    const saved = existsSync(trainer) ? readCheckpoint(trainer, folder) : undefined;
    const { seconds = 0, ...state } = saved?.state ?? {};
    this.#start = performance.now() / 1000 - Number(seconds);
    this.resumed = saved && {
      step: saved.step,
      weights: withPrefix(saved.tensors, WEIGHT_PREFIX),
      trainer: withPrefix(saved.tensors, TRAINER_PREFIX),
      state,
    };

    this.#metrics = new MetricsLog(folder.file('metrics.jsonl'), saved?.step ?? -1);
    this.#progress = new Progress({ steps, unit, figures, stream: context.err });
    this.#interrupt = new Interrupt(() =>
      this.say('Stopping after this step, then saving. Ctrl-C again ends at once; the last save stays good.'),
    );
    this.#progress.start(saved?.step ?? 0);
  }

  /** How long the run has trained, in seconds, earlier sittings included. */
  get seconds(): number {
    return performance.now() / 1000 - this.#start;
  }

  /** Whether Ctrl-C was pressed: finish the step, {@link save}, {@link stop}. */
  get stopRequested(): boolean {
    return this.#interrupt.isRequested;
  }

  /** The command that goes on with this run. */
  get resumeCommand(): string {
    return `${this.#context.invocation} train --resume ${this.folder.path}`;
  }

  /** Prints a line for a person, above the live one. */
  say(line: string): void {
    this.#progress.say(line);
  }

  /**
   * Writes a record to `metrics.jsonl` and shows it. Awaiting it is what lets Ctrl-C in.
   *
   * @throws FileError
   */
  async log(record: MetricsRecord): Promise<void> {
    const timed = { ...record, seconds: Number(this.seconds.toFixed(3)) };
    this.#onDisk(() => this.#metrics.append(timed));
    this.#progress.update(record);
    await this.breathe();
  }

  /** Lets signals and timers in, when the last time is a while ago. For long work between two records. */
  async breathe(): Promise<void> {
    if (performance.now() - this.#lastTurn < TURN_MILLISECONDS) return;
    await eventLoopTurn();
    this.#lastTurn = performance.now();
  }

  /**
   * Saves a moment of training; with `isBest`, its weights become `model.safetensors` too. All records of its step must
   * have been logged.
   *
   * @throws FileError when the disk refuses; what was saved before is intact
   */
  save({ step, weights, trainer, state }: Moment, { isBest }: { isBest: boolean }): void {
    const { app, model } = this.folder;
    this.#onDisk(() => {
      this.#metrics.sync(step);
      if (isBest)
        writeCheckpoint(this.folder.file('model.safetensors'), { app, model, step, tensors: weights, state: {} });
      writeCheckpoint(this.folder.file('trainer.safetensors'), {
        app,
        model,
        step,
        tensors: new Map([...prefixed(weights, WEIGHT_PREFIX), ...prefixed(trainer, TRAINER_PREFIX)]),
        state: { ...state, seconds: this.seconds },
      });
    });
  }

  /** Adds to what the disk refuses how to go on once it no longer does. */
  #onDisk(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (error instanceof FileError) error.message += `; when it can be, go on with: ${this.resumeCommand}`;
      throw error;
    }
  }

  /** Ends a run that was asked to stop, after its last save. @throws Interrupted always, telling how to go on */
  stop(): never {
    this[Symbol.dispose]();
    throw new Interrupted(`stopped and saved; go on with: ${this.resumeCommand}`);
  }

  /** Writes down what is known of the model before training: how many parameters it has. */
  describe(model: RunRecord['model']): void {
    this.#record = { ...this.#record, model };
    writeRunRecord(this.folder.path, this.#record);
  }

  /** Ends a run that came to its end; `run.json` keeps what it reports, and what it took. */
  finish(result: JsonObject): void {
    this[Symbol.dispose]();
    const usage = { seconds: this.seconds, peakMemoryBytes: process.resourceUsage().maxRSS * 1024 };
    writeRunRecord(this.folder.path, { ...this.#record, usage, result });
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#interrupt[Symbol.dispose]();
    this.#metrics.close();
    this.#progress.end();
  }
}

const prefixed = (tensors: SavedTensors, prefix: string) =>
  [...tensors].map(([name, tensor]) => [`${prefix}${name}`, tensor] as const);

/** Makes the folder; `run.json` comes last, so that a folder which has one is whole. */
function createRun(options: RunOptions): { folder: ModelFolder; record: RunRecord } {
  const { app, data, out, model, tokenizer, config, steps, context } = options;
  const path = out === undefined ? nextFreeFolder(`${app}-${data}`) : claimFolder(out);
  const folder = new ModelFolder(path, app, model);
  const record = newRunRecord({ app, command: context.command, config, steps });
  writeAtomically(folder.file('config.json'), folder.configText);
  writeAtomically(folder.file('tokenizer.json'), printJson(tokenizer));
  writeRunRecord(path, record);
  return { folder, record };
}

/** Checks that what is to be trained is what the folder holds, and sweeps up after a kill. */
function reopenRun(options: RunOptions, path: string): { folder: ModelFolder; record: RunRecord } {
  const { app, model, tokenizer, config, steps, out } = options;
  if (out !== undefined) throw new ConfigError(`--out must not stand beside --resume, which goes on in ${path}`);
  const { result: _, usage: __, ...record } = readRunRecord(path, app);
  const folder = new ModelFolder(path, app, model);
  const mustAgree = (name: string, text: string): void => {
    if (readText(folder.file(name)) !== text)
      throw new CheckpointError(
        `${folder.file(name)}: must be what this configuration and data come to, got another; resume with the flags and data the run began with`,
      );
  };
  mustAgree('config.json', folder.configText);
  mustAgree('tokenizer.json', printJson(tokenizer));
  for (const name of ['model.safetensors', 'trainer.safetensors', 'metrics.jsonl', 'run.json'])
    rmSync(temporaryOf(folder.file(name)), { force: true });
  const changed = { ...record, config, steps };
  writeRunRecord(path, changed);
  return { folder, record: changed };
}

/** The folder asked for, which must be new or empty. */
function claimFolder(path: string): string {
  createFolder(path);
  const files = onFile(path, 'read', () => readdirSync(path));
  if (files.length > 0) {
    const holds = files.includes('run.json')
      ? 'a run; go on with it by --resume, or choose another --out'
      : `${count(files.length)} files; choose another --out`;
    throw new ConfigError(`--out must be a new or empty folder, got ${path}, which holds ${holds}`);
  }
  return path;
}

/** `runs/<name>-1`, or the first number nobody has; claiming it is one operation of the file system. */
function nextFreeFolder(name: string): string {
  createFolder('runs');
  for (let number = 1; ; number++) {
    const path = join('runs', `${name}-${number}`);
    if (existsSync(path)) continue;
    onFile(path, 'created', () => mkdirSync(path));
    return path;
  }
}

import { createWasmBackend } from '@unroll/kernels/wasm';
import { type Backend, BackendError, DataError } from '@unroll/rnn-core';
import { type ModelFolderContent, modelFiles, zipped } from '../storage/model-folder.ts';
import { type Runs, runsOf, type SavedRun } from '../storage/runs.ts';
import { workerStrings } from '../strings.ts';
import type { Compute } from './compute.ts';
import type { CurvePoint, ShownRun } from './curve.ts';
import type { ModelFacts } from './model-facts.ts';

/** What a run is started with, and saved with. */
export interface RunSetup {
  readonly settings: { readonly steps: number };
}

/** A new run, a saved one that goes on, or a saved one that is only opened. */
export type RunStart = 'anew' | 'resume' | 'open';

/** What the page is told while a run goes on, about five times a second. */
export interface Progress<Note> {
  readonly step: number;
  readonly points: readonly CurvePoint[];
  /** Characters, tokens or sentences a second. */
  readonly speed: number;
  /** After a validation. */
  readonly note?: Note | undefined;
  /** Once, when the run begins. */
  readonly model?: ModelFacts;
  /** Whether the browser has no room to save it. */
  readonly isUnsaved?: boolean;
}

/** A run that the page may resume. */
export interface Resumable<Setup, Note> {
  readonly setup: Setup;
  readonly step: number;
  readonly shown: ShownRun<Note>;
}

/** A room's run: one at a time, kept in the browser's database. Lives in the worker, and owns its backend. */
export abstract class RunSession<Setup extends RunSetup, Note> {
  protected readonly runs: Runs<Setup>;
  #backend: Promise<Backend> | undefined;
  #opened: Compute | undefined;
  #stop: { aborted: boolean } | undefined;
  #running: Promise<unknown> | undefined;

  constructor(room: string) {
    this.runs = runsOf(room);
  }

  /** Opens the backend while the page has nothing to compute yet. */
  async prepare(compute: Compute): Promise<void> {
    await this.open(compute);
  }

  /** The run that a reload or a closed page has left; undefined when there is none. @param tab the name of the page's tab */
  async resumable(tab: string): Promise<Resumable<Setup, Note> | undefined> {
    const run = await this.runs.left(tab).catch(() => undefined);
    return run && { setup: run.setup, step: run.checkpoint.step, shown: run.shown as ShownRun<Note> };
  }

  forget(): Promise<void> {
    return this.runs.forget();
  }

  /**
   * Trains until the last step or until it is paused.
   *
   * @param setup of a saved run with what has changed of its settings
   * @returns the last step
   */
  async train(
    setup: Setup,
    start: RunStart,
    compute: Compute,
    report: (progress: Progress<Note>) => void,
  ): Promise<number> {
    const before = this.pause();
    const stop = { aborted: start === 'open' }; // from now on a pause is of this run
    this.#stop = stop;
    const running = (async () => {
      await before;
      const saved = await this.runs.claim(start !== 'anew');
      const backend = await this.open(compute);
      try {
        return await this.run(setup, saved, backend, stop, (progress) =>
          report({ ...progress, isUnsaved: this.runs.isUnsaved }),
        );
      } catch (error) {
        this.#close(); // what was half made, as for want of memory, is still on its heap
        throw error;
      }
    })();
    this.#running = running.catch(() => undefined);
    return await running;
  }

  /** Stops after the present step, and saves it. */
  async pause(): Promise<void> {
    if (this.#stop) this.#stop.aborted = true;
    await this.#running;
  }

  /** The model as a zip file of its folder: the best weights so far, else the present ones. */
  async download(name: string): Promise<Uint8Array> {
    const content = this.content(name);
    if (!content) throw new DataError(workerStrings.nothingToSave);
    return await zipped(name, modelFiles(content));
  }

  /** The present model; undefined when there is none. @param name of its folder */
  protected abstract content(name: string): ModelFolderContent | undefined;

  /** Trains until the last step or `stop`. @returns the last step */
  protected abstract run(
    setup: Setup,
    saved: SavedRun<Setup> | undefined,
    backend: Backend,
    stop: { readonly aborted: boolean },
    report: (progress: Progress<Note>) => void,
  ): Promise<number>;

  /** Frees the models, before others are made. */
  protected abstract release(): void;

  /** The backend, on so many threads; what was made before is gone. */
  protected async open(compute: Compute): Promise<Backend> {
    this.release();
    const { threads, maximumMemory } = compute;
    if (this.#opened?.threads !== threads || this.#opened.maximumMemory !== maximumMemory) this.#close();
    this.#opened = compute;
    this.#backend ??= opened(compute);
    try {
      return await this.#backend;
    } catch (error) {
      this.#backend = undefined;
      throw error;
    }
  }

  #close(): void {
    this.release();
    void this.#backend?.then((backend) => backend.close()).catch(() => undefined); // whoever opened it was told
    this.#backend = undefined;
  }
}

async function opened(compute: Compute): Promise<Backend> {
  try {
    return await createWasmBackend({ exact: true, ...compute });
  } catch (error) {
    if (typeof WebAssembly === 'object' && !(error instanceof WebAssembly.CompileError)) throw error;
    throw new BackendError(workerStrings.noWasm);
  }
}

import { batch, computed, signal } from '@preact/signals';
import * as Comlink from 'comlink';
import { keepText, keptText } from '../storage/kept-text.ts';
import { findModel, type ModelBytes } from '../storage/model-folder.ts';
import { saveFile } from '../storage/save-file.ts';
import { strings } from '../strings.ts';
import { type Compute, computeOf } from './compute.ts';
import type { CurvePoint } from './curve.ts';
import type { ModelFacts } from './model-facts.ts';
import { openWorker } from './room-worker.ts';
import { type RoomName, route, setParams } from './route.ts';
import type { Progress, Resumable, RunSession, RunSetup, RunStart } from './run-session.ts';
import { printSetting, readSettings, type Settings } from './settings.ts';

export type Phase = 'opening' | 'idle' | 'training' | 'pausing' | 'paused' | 'done';

/** The settings that every room with a training has. */
export interface RunValues {
  readonly steps: number;
  readonly lr: number;
  readonly seed: number;
  readonly threads: number;
  readonly memory: number;
}

/** What a run goes on with when it is changed while it trains. */
const GOES_ON: readonly string[] = ['lr', 'threads', 'memory', 'steps'] satisfies (keyof RunValues)[];

/** Rooms that were left while they trained, until they have saved that. */
const closing = new Map<RoomName, Promise<void>>();

/** What differs between rooms. */
export interface RoomOptions {
  readonly room: RoomName;
  readonly schema: Settings;
  /** Settings that are of what is shown, not of the run. */
  readonly shownOnly: readonly string[];
  /** The name of the zip file to download, and of the folder in it. */
  readonly folder: string;
}

/** The run of a room, as the page calls it. */
interface RunRemote<Setup, Note> {
  resumable(tab: string): Promise<Resumable<Setup, Note> | undefined>;
  train(setup: Setup, start: RunStart, compute: Compute, report: (progress: Progress<Note>) => void): Promise<number>;
  pause(): Promise<void>;
  forget(): Promise<void>;
  download(folder: string): Promise<Uint8Array>;
}

/** The state of a room's run, and what its buttons do; V: the room's settings. */
export abstract class RunController<
  V extends RunValues,
  Setup extends RunSetup & { readonly settings: V },
  Note,
  Session extends RunSession<Setup, Note>,
> {
  readonly settings = computed(() => readSettings(this.#options.schema, route.value.params) as unknown as V);
  readonly phase = signal<Phase>('opening');
  readonly error = signal('');
  /** What a screen reader is told. */
  readonly news = signal('');
  readonly step = signal(0);
  readonly speed = signal(0);
  readonly points = signal<readonly CurvePoint[]>([]);
  readonly note = signal<Note | undefined>(undefined);
  readonly resumable = signal<Resumable<Setup, Note> | undefined>(undefined);
  readonly model = signal<ModelFacts | undefined>(undefined);
  readonly isUnsaved = signal(false);

  readonly heldOutLoss = computed(() => this.points.value.findLast(({ valid }) => valid !== undefined)?.valid);
  readonly trainLoss = computed(() => this.points.value.findLast(({ train }) => train !== undefined)?.train);
  readonly isTraining = computed(() => this.phase.value === 'training' || this.phase.value === 'pausing');
  /** Whether there is a run whose settings are fixed. */
  readonly isFixed = computed(() => this.isTraining.value || this.phase.value === 'paused');

  readonly #options: RoomOptions;
  protected readonly remote: Comlink.Remote<Session>;
  readonly #remoteRun: RunRemote<Setup, Note>;
  readonly #lost: Promise<never>;
  readonly #end: () => void;
  #trainingNow: Promise<void> | undefined;
  #setup: Setup | undefined;
  /** Whether a run has been paused to go on with other settings at once. */
  #isChanging = false;

  constructor(options: RoomOptions) {
    this.#options = options;
    const worker = openWorker<Session>(options.room);
    this.remote = worker.remote;
    this.#remoteRun = worker.remote as unknown as RunRemote<Setup, Note>; // Session is one, whatever its own methods are
    this.#lost = worker.lost;
    this.#end = () => worker.close();
  }

  close(): void {
    const closed = Promise.race([this.#remoteRun.pause(), this.#lost]).then(this.#end, this.#end);
    closing.set(this.#options.room, closed);
  }

  /** What a new run is started with. */
  protected abstract newSetup(): Setup;

  /** The page takes over what a saved run was started with. */
  protected abstract takeOver(setup: Setup): void;

  /** A new run begins, or a model is loaded: what was shown of the one before goes. */
  protected abstract forgetShown(): void;

  /** The model has changed, or may have. */
  protected abstract modelChanged(isRunning: boolean): void;

  /** A run could not begin, and the model of before is gone from the worker. */
  protected async failed(): Promise<void> {}

  /** Opens a model in the worker, and shows it. @param name for the reader */
  protected abstract load(files: ModelBytes, name: string): Promise<void>;

  set<Name extends keyof V & string>(name: Name, value: V[Name]): void {
    this.print(name, value as string | number);
    if (this.restarts(name)) this.train();
    else if (GOES_ON.includes(name) && this.phase.peek() === 'training') void this.#continue();
  }

  /** Whether a change of this setting starts a new run. */
  protected restarts(_name: string): boolean {
    return false;
  }

  protected print(name: string, value: string | number): void {
    const setting = this.#options.schema[name];
    if (setting) this.setParams({ [name]: printSetting(setting, value) });
  }

  /** Changes the address, unless it is that of another room by now. */
  protected setParams(changes: Parameters<typeof setParams>[0]): void {
    if (route.peek().room === this.#options.room) setParams(changes);
  }

  /** Starts a new run. */
  train(): void {
    this.#isChanging = false;
    this.showNothing();
    this.resumable.value = undefined;
    this.#run(this.newSetup(), 'anew');
  }

  /** Goes on with a paused run. */
  resume(): void {
    this.resumable.value = undefined;
    if (this.#setup) this.#run({ ...this.#setup, settings: this.settings.peek() }, 'resume');
  }

  /** Goes on with the run that an earlier visit has left. */
  resumeSaved(): void {
    const saved = this.resumable.peek();
    if (!saved) return;
    this.resumable.value = undefined;
    this.#show(saved);
    this.#run(saved.setup, 'resume');
  }

  /**
   * Begins a visit: what an earlier one has left is opened if it is the same, offered if it is unfinished; else a new run
   * starts.
   */
  protected async openOrTrain(isSame: (saved: Setup) => boolean): Promise<void> {
    const succeeded = await this.attempt(async () => {
      const saved = await this.savedRun();
      const isUnfinished = saved && saved.step < saved.setup.settings.steps;
      if (isUnfinished) this.resumable.value = saved;
      if (saved && isSame(saved.setup)) await this.#openSaved(saved);
      else if (isUnfinished) this.phase.value = 'idle';
      else this.train();
    });
    if (!succeeded) this.phase.value = 'idle';
  }

  /** Opens the run that an earlier visit has left, without training. */
  #openSaved(saved: Resumable<Setup, Note>): Promise<void> {
    this.#show(saved);
    this.#run(saved.setup, 'open');
    return this.#trainingNow ?? Promise.resolve();
  }

  #show({ setup, shown, step }: Resumable<Setup, Note>): void {
    for (const [name, value] of Object.entries(setup.settings))
      if (!this.#options.shownOnly.includes(name)) this.print(name, value as string | number);
    batch(() => {
      this.points.value = shown.points;
      this.note.value = shown.note;
      this.step.value = step;
      this.takeOver(setup);
    });
  }

  async discardSaved(): Promise<void> {
    this.resumable.value = this.#setup = undefined;
    if (this.phase.peek() === 'paused') {
      this.showNothing();
      this.phase.value = 'idle';
    }
    await this.attempt(() => this.#remoteRun.forget());
  }

  async pause(): Promise<void> {
    this.#isChanging = false; // what was to go on with other settings does not
    this.phase.value = 'pausing';
    await this.pauseAndWait();
  }

  /** Gives the person the model to keep. */
  async download(): Promise<void> {
    const { folder } = this.#options;
    await this.attempt(async () => saveFile(`${folder}.zip`, await this.#remoteRun.download(folder)));
  }

  /** Takes files that somebody has chosen or dropped: a model, to use it and to go on training it. */
  async take(files: readonly File[] | Promise<readonly File[]>): Promise<void> {
    await this.attempt(async () => this.useFiles(await files));
  }

  protected async useFiles(files: readonly File[]): Promise<void> {
    const model = await findModel(files);
    if (!model) throw new Error(strings.run.notAModel);
    await this.pauseAndWait();
    await this.load(model, strings.run.yourModel);
    this.showNothing();
    this.setParams({ start: 'loaded' });
    this.resumable.value = undefined;
    this.error.value = '';
    this.phase.value = 'idle';
    this.news.value = strings.run.loadedNews;
  }

  protected showNothing(): void {
    batch(() => {
      this.points.value = [];
      this.note.value = undefined;
      this.step.value = this.speed.value = 0;
      this.forgetShown();
    });
  }

  /** The run that an earlier visit has left; undefined when there is none. */
  protected async savedRun(): Promise<Resumable<Setup, Note> | undefined> {
    await closing.get(this.#options.room); // it is saved by then
    return this.#remoteRun.resumable(tabName());
  }

  protected async pauseAndWait(): Promise<void> {
    await this.#remoteRun.pause();
    await this.#trainingNow;
  }

  /** @returns whether it went well; what went wrong is shown */
  protected async attempt(action: () => Promise<void>): Promise<boolean> {
    try {
      await Promise.race([action(), this.#lost]);
      return true;
    } catch (error) {
      this.error.value = error instanceof Error ? error.message : String(error);
      return false;
    }
  }

  #run(setup: Setup, start: RunStart): void {
    const isCurrent = (): boolean => this.#setup === setup;
    this.#setup = setup;
    this.phase.value = start === 'open' ? 'opening' : 'training';
    this.error.value = '';
    const done = this.attempt(async () => {
      const report = Comlink.proxy((progress: Progress<Note>) => {
        if (isCurrent()) this.#report(progress);
      });
      const step = await this.#remoteRun.train(setup, start, computeOf(setup.settings), report);
      if (isCurrent()) this.step.value = step;
    });
    this.#trainingNow = (async () => {
      const succeeded = await done;
      if (!isCurrent()) return; // another run has begun in the meantime
      const finished = this.step.peek() >= setup.settings.steps;
      if (this.#isChanging && succeeded && !finished) return; // it goes on at once
      // What failed after a while, as for want of memory, has been saved before.
      this.phase.value = finished ? 'done' : succeeded || this.step.peek() > 0 ? 'paused' : 'idle';
      if (succeeded && start !== 'open') this.news.value = strings.run.endedNews(this.step.peek(), finished);
      if (this.phase.peek() === 'idle') await this.attempt(() => this.failed());
      this.modelChanged(false);
    })();
  }

  /** Goes on with settings that were changed while it trains. */
  async #continue(): Promise<void> {
    if (this.#isChanging) return;
    this.#isChanging = true;
    await this.pauseAndWait();
    if (this.#isChanging) this.resume();
    else if (this.phase.peek() === 'pausing') this.phase.value = 'paused'; // in the meantime somebody has paused it
    this.#isChanging = false;
  }

  #report({ step, points, speed, note, model, isUnsaved = false }: Progress<Note>): void {
    batch(() => {
      this.isUnsaved.value = isUnsaved;
      this.step.value = step;
      this.speed.value = speed;
      if (model) this.model.value = model;
      this.points.value = [...this.points.peek(), ...points];
      if (note !== undefined) {
        this.note.value = note;
        const valid = this.heldOutLoss.peek();
        if (valid !== undefined) this.news.value = strings.run.progressNews(step, valid);
      }
    });
    this.modelChanged(true);
  }
}

/** A name of this tab, which it keeps when it is loaded again. */
function tabName(): string {
  const name = keptText('sessionStorage', 'tab') ?? String(Math.random());
  keepText('sessionStorage', 'tab', name);
  return name;
}

import { batch, computed, signal } from '@preact/signals';
import * as Comlink from 'comlink';
import type { CurvePoint } from '../shell/curve.ts';
import { defaultThreads, maximumThreads, openWorker } from '../shell/room-worker.ts';
import { route, setParams } from '../shell/route.ts';
import { printSetting, readSettings } from '../shell/settings.ts';
import { MODEL_FILES, type ModelBytes } from '../storage/model-folder.ts';
import { saveFile } from '../storage/save-file.ts';
import { strings } from '../strings.ts';
import type { Moment } from './moments.ts';
import type { Reading } from './reading.ts';
import type { LoadedModel, Progress, Resumable, WriteSession, WriteSetup } from './session.ts';
import { WRITE_SETTINGS, type WriteSettings } from './settings.ts';

export type Phase = 'opening' | 'idle' | 'training' | 'pausing' | 'paused' | 'done';

const PASSAGE_LENGTH = 420;
const REREAD_MS = 2000; // while training

/** The state of the room, and what its buttons do. */
export class WriteController {
  readonly #worker = openWorker<WriteSession>('write');
  readonly #effects: (() => void)[] = [];

  readonly settings = computed(() => readSettings(WRITE_SETTINGS, route.value.params));
  readonly phase = signal<Phase>('opening');
  readonly error = signal('');
  /** What a screen reader is told. */
  readonly news = signal('');
  readonly step = signal(0);
  readonly speed = signal(0);
  readonly points = signal<readonly CurvePoint[]>([]);
  readonly sample = signal('');
  readonly resumable = signal<Resumable | undefined>(undefined);
  readonly model = signal<LoadedModel | undefined>(undefined);
  readonly modelName = signal('');

  readonly ownText = signal('');
  readonly passage = signal('');
  readonly reading = signal<Reading | undefined>(undefined);
  /** The character under the pointer or the keyboard's cursor. */
  readonly position = signal<number | undefined>(undefined);
  readonly pinned = signal(false);
  readonly connectivity = signal<Float32Array | undefined>(undefined);
  readonly moments = signal<readonly Moment[] | undefined>(undefined);
  readonly written = signal('');

  #builtIn = '';
  #loaded: ModelBytes | undefined;
  #lastRead = 0;
  #trainingNow: Promise<void> | undefined;
  #setup: WriteSetup | undefined;
  /** Whether a run has been paused to go on with other settings at once. */
  #isChanging = false;

  readonly heldOutLoss = computed(() => this.points.value.findLast(({ valid }) => valid !== undefined)?.valid);
  readonly trainLoss = computed(() => this.points.value.findLast(({ train }) => train !== undefined)?.train);
  readonly isTraining = computed(() => this.phase.value === 'training' || this.phase.value === 'pausing');

  constructor() {
    void this.#open();
  }

  close(): void {
    for (const end of this.#effects) end();
    void this.#worker.remote.pause().finally(() => this.#worker.close());
  }

  get #threads(): number {
    return Math.min(this.settings.peek().threads || defaultThreads(), maximumThreads());
  }

  /** Everything that the first letters need at once, then the rest. */
  async #open(): Promise<void> {
    await this.#try(async () => {
      const [text, resumable, ...files] = await Promise.all([
        fetch('texts/moby-dick.txt').then((response) => response.text()),
        this.#worker.remote.resumable(),
        ...MODEL_FILES.map(fetchBytes),
      ]);
      this.#builtIn = text;
      this.passage.value = passageOf(text);
      await this.#load(
        Object.fromEntries(MODEL_FILES.map((name, k) => [name, files[k] as Uint8Array])),
        strings.write.shipped,
      );
      this.resumable.value = resumable;
    });
    this.phase.value = 'idle';
    this.#effects.push(this.passage.subscribe(() => void this.reread()));
  }

  async #load(files: ModelBytes, name: string): Promise<void> {
    const model = await this.#worker.remote.load(files, this.#threads);
    this.#loaded = files;
    batch(() => {
      this.model.value = model;
      this.modelName.value = name;
      this.moments.value = this.connectivity.value = undefined;
    });
    await this.reread();
  }

  set<Name extends keyof WriteSettings>(name: Name, value: WriteSettings[Name]): void {
    setParams({ [name]: printSetting(WRITE_SETTINGS[name], value) });
    const changesRun = name === 'lr' || name === 'threads' || name === 'steps';
    if (changesRun && this.phase.peek() === 'training') void this.#continue();
  }

  /** Loads a model that somebody has chosen or dropped: to read and write with it, and to go on training it. */
  async loadModel(files: ModelBytes): Promise<void> {
    await this.#pauseAndWait();
    await this.#try(async () => {
      await this.#load(files, strings.write.yourModel);
      this.#forgetShown();
      setParams({ start: 'loaded' });
      this.phase.value = 'idle';
      this.news.value = strings.write.loadedNews;
    });
  }

  useText(text: string): void {
    this.ownText.value = text;
    this.set('text', 'own');
    this.passage.value = passageOf(text);
  }

  get #text(): string {
    return this.settings.peek().text === 'own' && this.ownText.peek() ? this.ownText.peek() : this.#builtIn;
  }

  /** Starts a new run. */
  train(): void {
    this.#forgetShown();
    this.resumable.value = undefined;
    const settings = this.settings.peek();
    this.#run({ settings, text: this.#text, loaded: settings.start === 'loaded' ? this.#loaded : undefined }, false);
  }

  /** Goes on with a paused run. */
  resume(): void {
    if (this.#setup) this.#run({ ...this.#setup, settings: this.settings.peek() }, true);
  }

  /** Goes on with the run that an earlier visit has left. */
  resumeSaved(): void {
    const saved = this.resumable.peek();
    if (!saved) return;
    const { setup, shown, step } = saved;
    for (const [name, value] of Object.entries(setup.settings))
      if (!['axis', 'colour', 'unit'].includes(name))
        setParams({ [name]: printSetting(WRITE_SETTINGS[name as keyof WriteSettings], value) });
    batch(() => {
      if (setup.settings.text === 'own') this.ownText.value = setup.text;
      this.resumable.value = undefined;
      this.points.value = shown.points;
      this.sample.value = shown.sample;
      this.step.value = step;
    });
    this.#loaded = setup.loaded ?? this.#loaded;
    this.#run(setup, true);
  }

  async discardSaved(): Promise<void> {
    this.resumable.value = undefined;
    await this.#worker.remote.forget();
  }

  async pause(): Promise<void> {
    this.#isChanging = false; // what was to go on with other settings does not
    this.phase.value = 'pausing';
    await this.#pauseAndWait();
  }

  #run(setup: WriteSetup, resume: boolean): void {
    this.#setup = setup;
    this.phase.value = 'training';
    this.error.value = '';
    const done = this.#try(async () => {
      const report = Comlink.proxy((progress: Progress) => this.#report(progress));
      const { step } = await this.#worker.remote.train(setup, resume, this.#threads, report);
      this.step.value = step;
    });
    this.#trainingNow = (async () => {
      const succeeded = await done;
      const finished = this.step.peek() >= setup.settings.steps;
      this.phase.value = finished ? 'done' : succeeded ? 'paused' : 'idle';
      if (succeeded) this.news.value = strings.write.endedNews(this.step.peek(), finished);
      void this.reread();
    })();
    this.modelName.value = strings.write.thisRun;
  }

  /** Goes on with settings that were changed while it trains. */
  async #continue(): Promise<void> {
    if (this.#isChanging) return;
    this.#isChanging = true;
    await this.#pauseAndWait();
    if (this.#isChanging) this.resume();
    this.#isChanging = false;
  }

  async #pauseAndWait(): Promise<void> {
    await this.#worker.remote.pause();
    await this.#trainingNow;
  }

  #report({ step, points, charactersPerSecond, sample, model }: Progress): void {
    batch(() => {
      this.step.value = step;
      this.speed.value = charactersPerSecond;
      if (model) this.model.value = model;
      this.points.value = [...this.points.peek(), ...points];
      if (sample !== undefined) {
        this.sample.value = sample;
        const valid = this.heldOutLoss.peek();
        if (valid !== undefined) this.news.value = strings.write.progressNews(step, valid);
      }
    });
    if (performance.now() - this.#lastRead > REREAD_MS) void this.reread();
  }

  #forgetShown(): void {
    batch(() => {
      this.points.value = [];
      this.sample.value = this.written.value = '';
      this.step.value = this.speed.value = 0;
      this.moments.value = this.connectivity.value = undefined;
      this.pinned.value = false;
    });
  }

  async reread(): Promise<void> {
    this.#lastRead = performance.now();
    if (this.passage.peek() === '') return;
    await this.#try(async () => {
      const reading = await this.#worker.remote.read(this.passage.peek());
      if (reading) this.reading.value = reading;
    });
  }

  /** Points at a character; the next-character bars follow at once, connectivity as soon as it is computed. */
  point(position: number | undefined): void {
    if (position === this.position.peek()) return;
    this.position.value = position;
    this.moments.value = this.connectivity.value = undefined;
    if (position === undefined) return;
    void this.#try(async () => {
      const norms = await this.#worker.remote.connectivity(this.passage.peek(), position);
      if (position === this.position.peek()) this.connectivity.value = norms;
    });
  }

  async findMoments(): Promise<void> {
    const [reading, position] = [this.reading.peek(), this.position.peek()];
    if (!reading || position === undefined) return;
    const { hidden, units, hiddenSize } = reading;
    const end = (position + 1) * units;
    await this.#try(async () => {
      this.moments.value = await this.#worker.remote.moments(
        hidden.slice(end - hiddenSize, end),
        this.#text.slice(-15_000),
      );
    });
  }

  async write(prompt: string, temperature: number): Promise<void> {
    await this.#try(async () => {
      this.written.value = prompt + (await this.#worker.remote.write(prompt, temperature, this.settings.peek().seed));
    });
  }

  async download(): Promise<void> {
    await this.#try(async () => {
      const name = 'char-lm-playground';
      saveFile(`${name}.zip`, await this.#worker.remote.download(name));
    });
  }

  /** @returns whether it went well; what went wrong is shown */
  async #try(action: () => Promise<void>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      this.error.value = error instanceof Error ? error.message : String(error);
      return false;
    }
  }
}

const fetchBytes = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await (await fetch(`models/char-lm/${name}`)).arrayBuffer());

/** The beginning of the held-out part, from a line's start. */
function passageOf(text: string): string {
  const from = Math.floor(text.length * 0.9);
  const line = text.indexOf('\n', from) + 1 || from;
  return text.slice(line, line + PASSAGE_LENGTH).trim() || text.slice(0, PASSAGE_LENGTH);
}

import { batch, signal } from '@preact/signals';
import { computeOf } from '../shell/compute.ts';
import { packText, unpackText } from '../shell/packed-text.ts';
import { route } from '../shell/route.ts';
import { RunController } from '../shell/run-controller.ts';
import { fetchShipped } from '../shell/shipped.ts';
import { MODEL_FILES } from '../storage/model-files.ts';
import { findModel, type ModelBytes } from '../storage/model-folder.ts';
import { strings } from '../strings.ts';
import type { Moment } from './moments.ts';
import type { Reading } from './reading.ts';
import type { WriteSession, WriteSetup } from './session.ts';
import { WRITE_SETTINGS, type WriteSettings } from './settings.ts';

const PASSAGE_LENGTH = 420;
const REREAD_MS = 2000; // while training

/** The state of the room, and what its buttons do. */
export class WriteController extends RunController<WriteSettings, WriteSetup, string, WriteSession> {
  readonly modelName = signal('');
  readonly loadedName = signal<string>(strings.write.shipped);
  readonly ownText = signal('');
  readonly passage = signal('');
  readonly reading = signal<Reading | undefined>(undefined);
  /** The character under the pointer or the keyboard's cursor. */
  readonly position = signal<number | undefined>(undefined);
  readonly pinned = signal(false);
  readonly connectivity = signal<Float32Array | undefined>(undefined);
  readonly moments = signal<readonly Moment[] | undefined>(undefined);
  readonly written = signal('');

  readonly #effects: (() => void)[] = [];
  #builtIn = '';
  #loaded: ModelBytes | undefined;
  #lastRead = 0;

  constructor() {
    super({
      room: 'write',
      schema: WRITE_SETTINGS,
      shownOnly: ['axis', 'colour', 'unit'],
      folder: 'char-lm-playground',
    });
    void this.#open();
  }

  override close(): void {
    for (const end of this.#effects) end();
    super.close();
  }

  /** Everything that the first letters need at once, then the rest. */
  async #open(): Promise<void> {
    await this.attempt(async () => {
      const packed = route.peek().params.get('own');
      const [text, own, ...files] = await Promise.all([
        fetchShipped('texts/moby-dick.txt').then((bytes) => new TextDecoder().decode(bytes)),
        packed && unpackText(packed),
        ...MODEL_FILES.map((name) => fetchShipped(`models/char-lm/${name}`)),
      ]);
      this.#builtIn = text;
      this.ownText.value = own || '';
      this.passage.value = passageOf(own || text);
      await this.load(
        Object.fromEntries(MODEL_FILES.map((name, k) => [name, files[k] as Uint8Array])),
        strings.write.shipped,
      );
      this.resumable.value = await this.savedRun();
    });
    this.phase.value = 'idle';
    this.#effects.push(this.passage.subscribe(() => void this.reread()));
  }

  protected override async load(files: ModelBytes, name: string): Promise<void> {
    const model = await this.remote.load(files, computeOf(this.settings.peek()));
    this.#loaded = files;
    this.loadedName.value = name;
    batch(() => {
      this.model.value = model;
      this.modelName.value = name;
      this.moments.value = this.connectivity.value = undefined;
    });
    await this.reread();
  }

  /** A model, or else a text. */
  protected override async useFiles(files: readonly File[]): Promise<void> {
    const text = files.find(({ type, name }) => type.startsWith('text/') || /\.(txt|md)$/i.test(name));
    if (text && !(await findModel(files))) await this.useText(await text.text());
    else await super.useFiles(files);
  }

  async useText(text: string): Promise<void> {
    this.ownText.value = text;
    this.passage.value = passageOf(text);
    this.setParams({ text: 'own', own: await packText(text) });
  }

  get #text(): string {
    return this.settings.peek().text === 'own' ? this.ownText.peek() : this.#builtIn;
  }

  protected override newSetup(): WriteSetup {
    const settings = this.settings.peek();
    this.modelName.value = strings.run.thisRun;
    return { settings, text: this.#text, loaded: settings.start === 'loaded' ? this.#loaded : undefined };
  }

  protected override async failed(): Promise<void> {
    if (this.#loaded) await this.load(this.#loaded, this.loadedName.peek());
  }

  protected override takeOver({ settings, text, loaded }: WriteSetup): void {
    if (settings.text === 'own') this.ownText.value = text;
    this.#loaded = loaded ?? this.#loaded;
    this.modelName.value = strings.run.thisRun;
  }

  protected override forgetShown(): void {
    this.written.value = '';
    this.moments.value = this.connectivity.value = undefined;
  }

  protected override modelChanged(isRunning: boolean): void {
    if (!isRunning || performance.now() - this.#lastRead > REREAD_MS) void this.reread();
  }

  async reread(): Promise<void> {
    this.#lastRead = performance.now();
    if (this.passage.peek() === '') return;
    await this.attempt(async () => {
      const reading = await this.remote.read(this.passage.peek());
      if (!reading) return;
      this.reading.value = reading;
      await this.#connect();
    });
  }

  /** Points at a character; the next-character bars follow at once, connectivity as soon as it is computed. */
  point(position: number | undefined): void {
    if (position === this.position.peek()) return;
    this.position.value = position;
    this.moments.value = this.connectivity.value = undefined;
    void this.attempt(() => this.#connect());
  }

  /** Finds what the character that is pointed at depends on. */
  async #connect(): Promise<void> {
    const position = this.position.peek();
    const characters = this.reading.peek()?.characters ?? []; // of a passage that may have changed since
    if (position === undefined || position >= characters.length) return;
    const norms = await this.remote.connectivity(characters.join(''), position);
    if (position === this.position.peek()) this.connectivity.value = norms;
  }

  async findMoments(): Promise<void> {
    const [reading, position] = [this.reading.peek(), this.position.peek()];
    if (!reading || position === undefined) return;
    const { hidden, units, hiddenSize } = reading;
    const end = (position + 1) * units;
    await this.attempt(async () => {
      this.moments.value = await this.remote.moments(
        hidden.slice(end - hiddenSize, end),
        (this.#text || this.#builtIn).slice(-15_000),
      );
    });
  }

  async write(prompt: string, temperature: number): Promise<void> {
    await this.attempt(async () => {
      this.written.value = prompt + (await this.remote.write(prompt, temperature, this.settings.peek().seed));
    });
  }
}

/** The beginning of the held-out part, from a line's start. */
function passageOf(text: string): string {
  const from = Math.floor(text.length * 0.9);
  const line = text.indexOf('\n', from) + 1 || from;
  return text.slice(line, line + PASSAGE_LENGTH).trim() || text.slice(0, PASSAGE_LENGTH);
}

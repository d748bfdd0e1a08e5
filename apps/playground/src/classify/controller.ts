import { signal } from '@preact/signals';
import type { Explanation } from '@unroll/sentiment';
import { computeOf } from '../shell/compute.ts';
import { packText, unpackText } from '../shell/packed-text.ts';
import { route, setParams } from '../shell/route.ts';
import { RunController } from '../shell/run-controller.ts';
import type { ModelBytes } from '../storage/model-folder.ts';
import { strings } from '../strings.ts';
import { EXAMPLES, keepExamples, keptExamples, parseExamples, type Row } from './examples.ts';
import type { ClassifyNote, ClassifySession, ClassifySetup } from './session.ts';
import { CLASSIFY_SETTINGS, type ClassifySettings } from './settings.ts';

const TYPING_MS = 120;

/** The state of the room, and what its buttons do. */
export class ClassifyController extends RunController<
  ClassifySettings,
  ClassifySetup,
  ClassifyNote,
  ClassifySession
> {
  readonly rows = signal<readonly Row[]>(keptExamples());
  readonly explanation = signal<Explanation | undefined>(undefined);
  /** The model that somebody has loaded. */
  readonly loaded = signal<ModelBytes | undefined>(undefined);

  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super({ room: 'classify', schema: CLASSIFY_SETTINGS, shownOnly: [], folder: 'sentiment-playground' });
    void this.#open();
  }

  override close(): void {
    clearTimeout(this.#timer);
    super.close();
  }

  /** Trains on the examples, unless an earlier visit has left a run: of the same settings it is opened. */
  async #open(): Promise<void> {
    const packed = route.peek().params.get('examples');
    const given = packed ? parseExamples((await unpackText(packed)) ?? '') : undefined;
    if (given) this.rows.value = given;
    const saved = await this.savedRun();
    if (!saved) this.train();
    else if (isSame(saved.setup, { settings: this.settings.peek(), rows: this.rows.peek() })) {
      if (saved.step < saved.setup.settings.steps) this.resumable.value = saved;
      await this.openSaved(saved);
    } else if (saved.step < saved.setup.settings.steps) {
      this.resumable.value = saved;
      this.phase.value = 'idle';
    } else this.train();
  }

  get sentence(): string {
    return route.value.params.get('text') ?? strings.classify.firstSentence;
  }

  write(sentence: string): void {
    setParams({ text: sentence.slice(0, 500) });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.explainNow(), TYPING_MS);
  }

  async explainNow(): Promise<void> {
    const text = route.peek().params.get('text') ?? strings.classify.firstSentence;
    await this.attempt(async () => {
      this.explanation.value = await this.remote.explain(text);
    });
  }

  async explain(text: string): Promise<Explanation | undefined> {
    return await this.remote.explain(text);
  }

  /** The examples are kept in this browser and in the address. */
  async changeRows(rows: readonly Row[]): Promise<void> {
    this.rows.value = rows;
    keepExamples(rows);
    setParams({ examples: rows === EXAMPLES ? undefined : await packText(JSON.stringify(rows)) });
  }

  /** Loads a model that somebody has chosen or dropped: to classify with it, and to go on training it. */
  async loadModel(files: ModelBytes): Promise<void> {
    await this.pauseAndWait();
    await this.attempt(async () => {
      this.model.value = await this.remote.load(files, computeOf(this.settings.peek()));
      this.loaded.value = files;
      this.showNothing();
      setParams({ start: 'loaded' });
      this.phase.value = 'idle';
      this.news.value = strings.run.loadedNews;
    });
    await this.explainNow();
  }

  async download(): Promise<void> {
    await this.keep((folder) => this.remote.download(folder));
  }

  protected override newSetup(): ClassifySetup {
    const settings = this.settings.peek();
    return { settings, rows: this.rows.peek(), loaded: settings.start === 'loaded' ? this.loaded.peek() : undefined };
  }

  protected override takeOver({ rows, loaded }: ClassifySetup): void {
    this.rows.value = rows;
    this.loaded.value = loaded ?? this.loaded.peek();
  }

  protected override forgetShown(): void {}

  protected override modelChanged(): void {
    void this.explainNow();
  }
}

const isSame = (saved: ClassifySetup, now: Pick<ClassifySetup, 'settings' | 'rows'>): boolean =>
  JSON.stringify([saved.settings, saved.rows]) === JSON.stringify([now.settings, now.rows]);

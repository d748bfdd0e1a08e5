import { computed, signal } from '@preact/signals';
import type { Explanation } from '@unroll/sentiment';
import { computeOf } from '../shell/compute.ts';
import { packText, unpackText } from '../shell/packed-text.ts';
import { route } from '../shell/route.ts';
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
  readonly #trainedOn = signal<readonly Row[] | undefined>(undefined);
  /** Whether there are changes that no run has seen. */
  readonly hasChanged = computed(
    () => this.#trainedOn.value !== undefined && this.#trainedOn.value !== this.rows.value,
  );
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

  async #open(): Promise<void> {
    const packed = route.peek().params.get('examples');
    const given = packed ? parseExamples((await unpackText(packed)) ?? '') : undefined;
    if (given) this.rows.value = given;
    const now = JSON.stringify([this.settings.peek(), this.rows.peek()]);
    await this.openOrTrain(({ settings, rows }) => JSON.stringify([settings, rows]) === now);
  }

  get sentence(): string {
    return route.value.params.get('text') ?? strings.classify.firstSentence;
  }

  write(sentence: string): void {
    this.setParams({ text: sentence.slice(0, 500) });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.explainNow(), TYPING_MS);
  }

  async explainNow(): Promise<void> {
    const text = route.peek().params.get('text') ?? strings.classify.firstSentence;
    await this.attempt(async () => {
      this.explanation.value = text.trim() === '' ? undefined : await this.remote.explain(text);
    });
  }

  async explain(text: string): Promise<Explanation | undefined> {
    let explanation: Explanation | undefined;
    await this.attempt(async () => {
      explanation = await this.remote.explain(text);
    });
    return explanation;
  }

  /** The examples are kept in this browser and in the address. */
  async changeRows(rows: readonly Row[]): Promise<void> {
    this.rows.value = rows;
    keepExamples(rows);
    this.setParams({ examples: rows === EXAMPLES ? undefined : await packText(JSON.stringify(rows)) });
  }

  protected override async load(files: ModelBytes): Promise<void> {
    this.model.value = await this.remote.load(files, computeOf(this.settings.peek()));
    this.loaded.value = files;
    await this.explainNow();
  }

  protected override newSetup(): ClassifySetup {
    const settings = this.settings.peek();
    this.#trainedOn.value = this.rows.peek();
    return { settings, rows: this.rows.peek(), loaded: settings.start === 'loaded' ? this.loaded.peek() : undefined };
  }

  protected override takeOver({ rows, loaded }: ClassifySetup): void {
    this.rows.value = this.#trainedOn.value = rows;
    this.loaded.value = loaded ?? this.loaded.peek();
  }

  protected override forgetShown(): void {}

  protected override modelChanged(): void {
    void this.explainNow();
  }
}

import { signal } from '@preact/signals';
import { computeOf } from '../shell/compute.ts';
import { packText, unpackText } from '../shell/packed-text.ts';
import { route } from '../shell/route.ts';
import { RunController } from '../shell/run-controller.ts';
import { fetchShipped } from '../shell/shipped.ts';
import { MODEL_FILES } from '../storage/model-files.ts';
import type { ModelBytes } from '../storage/model-folder.ts';
import { strings } from '../strings.ts';
import { type BeamTree, pathTo } from './beam-tree.ts';
import type { TranslateNote, TranslateSession, TranslateSetup } from './session.ts';
import { TRANSLATE_SETTINGS, type TranslateSettings } from './settings.ts';

const TYPING_MS = 150;
const AGAIN_MS = 1500; // while training

/** The state of the room, and what its buttons do. */
export class TranslateController extends RunController<
  TranslateSettings,
  TranslateSetup,
  TranslateNote,
  TranslateSession
> {
  readonly modelName = signal('');
  readonly loadedName = signal<string>(strings.translate.shipped);
  /** Pairs of one's own, a line each. */
  readonly ownPairs = signal('');
  readonly tree = signal<BeamTree | undefined>(undefined);

  #loaded: ModelBytes | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastSearch = 0;

  constructor() {
    super({ room: 'translate', schema: TRANSLATE_SETTINGS, shownOnly: ['beam'], folder: 'translate-playground' });
    void this.#open();
  }

  override close(): void {
    clearTimeout(this.#timer);
    super.close();
  }

  async #open(): Promise<void> {
    await this.attempt(async () => {
      const packed = route.peek().params.get('own');
      if (packed) this.ownPairs.value = (await unpackText(packed)) ?? '';
      const files = await Promise.all(MODEL_FILES.map(async (name) => [name, await fetched(name)] as const));
      await this.load(Object.fromEntries(files), strings.translate.shipped);
      this.resumable.value = await this.savedRun();
    });
    this.phase.value = 'idle';
  }

  protected override async load(files: ModelBytes, name: string): Promise<void> {
    if (this.#loaded) this.forgetShown();
    this.model.value = await this.remote.load(files, computeOf(this.settings.peek()));
    this.#loaded = files;
    this.loadedName.value = name;
    this.modelName.value = name;
    await this.search();
  }

  async usePairs(text: string): Promise<void> {
    this.ownPairs.value = text;
    this.setParams({ pairs: 'own', own: await packText(text) });
  }

  get sentence(): string {
    return route.value.params.get('text') ?? strings.translate.firstSentence;
  }

  write(sentence: string): void {
    this.setParams({ text: sentence.slice(0, 300), prefix: undefined });
    this.#searchSoon(TYPING_MS);
  }

  setBeam(beam: number): void {
    this.set('beam', beam);
    this.#searchSoon(TYPING_MS);
  }

  /** The translation must begin with a node and all before it; without one it is free. */
  force(node: number | undefined): void {
    const nodes = this.tree.peek()?.nodes ?? [];
    const path = node === undefined ? [] : pathTo(nodes, node).map((k) => nodes[k]?.id);
    this.setParams({ prefix: path.length > 0 ? path.join('.') : undefined });
    void this.search();
  }

  async search(): Promise<void> {
    this.#lastSearch = performance.now();
    const { params } = route.peek();
    const text = params.get('text') ?? strings.translate.firstSentence;
    const prefix = params.get('prefix')?.split('.').map(Number) ?? [];
    await this.attempt(async () => {
      this.tree.value =
        text.trim() === ''
          ? undefined
          : await this.remote.translate(text, this.settings.peek().beam, prefix.filter(Number.isInteger));
    });
  }

  #searchSoon(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.search(), ms);
  }

  protected override newSetup(): TranslateSetup {
    const settings = this.settings.peek();
    this.modelName.value = strings.run.thisRun;
    return {
      settings,
      pairs: settings.pairs === 'own' ? this.ownPairs.peek() : '',
      loaded: settings.start === 'loaded' ? this.#loaded : undefined,
    };
  }

  protected override async failed(): Promise<void> {
    if (this.#loaded) await this.load(this.#loaded, this.loadedName.peek());
  }

  protected override takeOver({ pairs, loaded }: TranslateSetup): void {
    if (pairs) this.ownPairs.value = pairs;
    this.#loaded = loaded ?? this.#loaded;
    this.modelName.value = strings.run.thisRun;
    this.setParams({ prefix: undefined });
  }

  /** The ids of a prefix are those of the model before. */
  protected override forgetShown(): void {
    this.setParams({ prefix: undefined });
  }

  protected override modelChanged(isRunning: boolean): void {
    if (!isRunning || performance.now() - this.#lastSearch > AGAIN_MS) void this.search();
  }
}

const fetched = (name: string): Promise<Uint8Array> => fetchShipped(`models/translate/${name}`);

import { batch, signal } from '@preact/signals';
import { computeOf } from '../shell/compute.ts';
import { RunController } from '../shell/run-controller.ts';
import type { ModelBytes } from '../storage/model-folder.ts';
import type { UnrollSession, UnrollSetup } from './session.ts';
import { NETWORK, SHOWN_ONLY, UNROLL_SETTINGS, type UnrollSettings } from './settings.ts';
import type { Unrolled } from './toy-model.ts';

const isShownOnly = (name: string): boolean => (SHOWN_ONLY as readonly string[]).includes(name);
const isOfNetwork = (name: string): boolean => (NETWORK as readonly string[]).includes(name);

/** The state of the room, and what its buttons do. */
export class UnrollController extends RunController<UnrollSettings, UnrollSetup, undefined, UnrollSession> {
  readonly net = signal<Unrolled | undefined>(undefined);
  /** The model that somebody has loaded. */
  readonly loaded = signal<ModelBytes | undefined>(undefined);

  constructor() {
    super({
      room: 'unroll',
      schema: UNROLL_SETTINGS,
      shownOnly: SHOWN_ONLY,
      folder: 'unroll-playground',
    });
    const now = trained(this.settings.peek());
    void this.openOrTrain(({ settings }) => trained(settings) === now);
  }

  override set<Name extends keyof UnrollSettings>(name: Name, value: UnrollSettings[Name]): void {
    if (isOfNetwork(name)) this.setParams({ start: undefined }); // a loaded model is what it is
    super.set(name, value);
    if (name === 'example') void this.#look();
  }

  protected override restarts(name: string): boolean {
    return isOfNetwork(name) || name === 'seed';
  }

  /** Chooses a unit at a step. */
  choose(t: number, unit: number): void {
    this.set('t', t);
    this.set('unit', unit);
  }

  async #look(): Promise<void> {
    await this.attempt(async () => {
      const net = await this.remote.unrolled(this.settings.peek().example);
      if (net) this.net.value = net;
    });
  }

  protected override async load(files: ModelBytes): Promise<void> {
    const { facts, config } = await this.remote.load(files, computeOf(this.settings.peek()));
    batch(() => {
      for (const name of NETWORK) this.print(name, config[name]);
      this.model.value = facts;
      this.loaded.value = files;
    });
    await this.#look();
  }

  protected override newSetup(): UnrollSetup {
    const settings = this.settings.peek();
    return { settings, loaded: settings.start === 'loaded' ? this.loaded.peek() : undefined };
  }

  protected override takeOver({ loaded }: UnrollSetup): void {
    this.loaded.value = loaded ?? this.loaded.peek();
  }

  protected override forgetShown(): void {}

  protected override modelChanged(): void {
    void this.#look();
  }
}

/** The settings that a run depends on. */
const trained = (settings: UnrollSettings): string =>
  JSON.stringify(Object.entries(settings).filter(([name]) => !isShownOnly(name)));

import { batch, signal } from '@preact/signals';
import { computeOf } from '../shell/compute.ts';
import { RunController } from '../shell/run-controller.ts';
import type { ModelBytes } from '../storage/model-folder.ts';
import type { MicroscopeSession, RaceNote, RaceSetup } from './session.ts';
import { MICROSCOPE_SETTINGS, type MicroscopeSettings, NETWORKS } from './settings.ts';

const isOfNetworks = (name: string): boolean => (NETWORKS as readonly string[]).includes(name);

/** The state of the room, and what its buttons do. */
export class MicroscopeController extends RunController<MicroscopeSettings, RaceSetup, RaceNote, MicroscopeSession> {
  /** The models that somebody has loaded. */
  readonly loaded = signal<ModelBytes | undefined>(undefined);
  #loadedNote: RaceNote | undefined;

  constructor() {
    super({ room: 'microscope', schema: MICROSCOPE_SETTINGS, shownOnly: [], folder: 'microscope-playground' });
    void this.#open();
  }

  async #open(): Promise<void> {
    await this.attempt(async () => {
      this.resumable.value = await this.savedRun();
    });
    this.phase.value = 'idle';
  }

  override set<Name extends keyof MicroscopeSettings>(name: Name, value: MicroscopeSettings[Name]): void {
    if (isOfNetworks(name)) this.setParams({ start: undefined }); // loaded models are what they are
    super.set(name, value);
  }

  /** Those that are running start again. */
  protected override restarts(name: string): boolean {
    return this.phase.peek() !== 'idle' && (isOfNetworks(name) || name === 'seed');
  }

  protected override async load(files: ModelBytes): Promise<void> {
    const { facts, config, standings } = await this.remote.load(files, computeOf(this.settings.peek()));
    batch(() => {
      for (const name of NETWORKS) this.print(name, config[name]);
      this.model.value = facts;
      this.loaded.value = files;
      this.#loadedNote = { step: 0, standings, history: [] };
    });
  }

  protected override newSetup(): RaceSetup {
    const settings = this.settings.peek();
    return { settings, loaded: settings.start === 'loaded' ? this.loaded.peek() : undefined };
  }

  protected override takeOver({ loaded }: RaceSetup): void {
    this.loaded.value = loaded ?? this.loaded.peek();
  }

  /** What is left to show is how loaded models do. */
  protected override forgetShown(): void {
    this.note.value = this.#loadedNote;
    this.#loadedNote = undefined;
  }

  protected override modelChanged(): void {}
}

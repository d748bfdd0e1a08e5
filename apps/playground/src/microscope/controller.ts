import { RunController } from '../shell/run-controller.ts';
import type { MicroscopeSession, RaceNote, RaceSetup } from './session.ts';
import { MICROSCOPE_SETTINGS, type MicroscopeSettings } from './settings.ts';

/** The state of the room, and what its buttons do. */
export class MicroscopeController extends RunController<MicroscopeSettings, RaceSetup, RaceNote, MicroscopeSession> {
  constructor() {
    super({ room: 'microscope', schema: MICROSCOPE_SETTINGS, shownOnly: [] });
    void this.#open();
  }

  async #open(): Promise<void> {
    await this.attempt(async () => {
      this.resumable.value = await this.savedRun();
    });
    this.phase.value = 'idle';
  }

  /** A setting of the race: it starts again where there is one. */
  change<Name extends keyof MicroscopeSettings>(name: Name, value: MicroscopeSettings[Name]): void {
    this.set(name, value);
    if (this.phase.peek() !== 'idle') this.train();
  }

  override set<Name extends keyof MicroscopeSettings>(name: Name, value: MicroscopeSettings[Name]): void {
    super.set(name, value);
    if (name === 'seed' && this.phase.peek() !== 'idle') this.train();
  }

  protected override newSetup(): RaceSetup {
    return { settings: this.settings.peek() };
  }

  protected override takeOver(): void {}

  protected override forgetShown(): void {}

  protected override modelChanged(): void {}
}

import { type Backend, Rng, yieldToEventLoop } from '@unroll/rnn-core';
import type { ShownRun } from '../shell/curve.ts';
import { type Progress, RunSession } from '../shell/run-session.ts';
import type { SavedRun } from '../storage/runs.ts';
import { Competitor, drawBatch, type SavedCompetitor, type Standing } from './competitor.ts';
import { cellsOf, type MicroscopeSettings } from './settings.ts';

/** What a race is started with, and saved with. */
export interface RaceSetup {
  readonly settings: MicroscopeSettings;
}

/** How the three do. */
export interface RaceNote {
  readonly step: number;
  readonly standings: readonly Standing[];
  /** The fraction of correct answers of each at earlier steps. */
  readonly history: readonly { readonly step: number; readonly accuracies: readonly number[] }[];
}

const REPORT_MS = 150;
const SAVE_MS = 1000;
const BATCH = 32;
const MOST_HISTORY = 400;

/** Three cells on one memory task, a step of each in turn: the same data, seed and learning rate. Lives in the worker. */
export class MicroscopeSession extends RunSession<RaceSetup, RaceNote> {
  #competitors: readonly Competitor[] = [];

  constructor() {
    super('microscope');
  }

  protected override release(): void {
    for (const competitor of this.#competitors) competitor[Symbol.dispose]();
    this.#competitors = [];
  }

  protected override async run(
    setup: RaceSetup,
    saved: SavedRun<RaceSetup> | undefined,
    backend: Backend,
    stop: { readonly aborted: boolean },
    report: (progress: Progress<RaceNote>) => void,
  ): Promise<number> {
    const { delay, hidden, steps, lr, seed } = setup.settings;
    const rng = Rng.seeded(seed);
    const before = saved?.checkpoint.state['competitors'] as unknown as readonly SavedCompetitor[] | undefined;
    this.#competitors = cellsOf(setup.settings).map(
      (cell, k) => new Competitor({ cell, hidden, lr, steps }, backend, rng.split('init'), before?.[k]),
    );
    const data = rng.split('data');
    let step = saved?.checkpoint.step ?? 0;
    let history = [...((saved?.shown as ShownRun<RaceNote> | undefined)?.note?.history ?? [])];
    const note = (): RaceNote => ({
      step,
      standings: this.#competitors.map(({ standing }) => standing),
      history,
    });
    const save = async (): Promise<void> => {
      const competitors = this.#competitors.map((competitor) => competitor.saved());
      await this.runs.put({
        setup,
        checkpoint: { step, weights: new Map(), trainer: new Map(), state: { competitors } as never },
        best: undefined,
        shown: { points: [], note: note() } satisfies ShownRun<RaceNote>,
      });
    };
    const model = {
      cell: '',
      hidden,
      layers: 1,
      parameters: this.#competitors.reduce((sum, { parameterCount }) => sum + parameterCount, 0),
      backend: backend.description,
    };
    report({ step, points: [], speed: 0, model });
    let [reported, savedAt, done] = [performance.now(), -SAVE_MS, 0];
    while (step < steps && !stop.aborted) {
      step++;
      const batch = drawBatch(delay, data.split(step));
      for (const competitor of this.#competitors) competitor.step(step, batch);
      done += BATCH;
      const now = performance.now();
      if (now - reported > REPORT_MS || step === steps) {
        history.push({ step, accuracies: this.#competitors.map(({ standing }) => standing.accuracy) });
        if (history.length > MOST_HISTORY) history = history.filter((_, k) => k % 2 === 1);
        report({ step, points: [], speed: (1000 * done) / (now - reported), note: note() });
        [reported, done] = [now, 0];
      }
      if (now - savedAt > SAVE_MS) {
        await save();
        savedAt = performance.now();
      }
      await yieldToEventLoop();
    }
    if (step > (saved?.checkpoint.step ?? -1)) await save();
    report({ step, points: [], speed: 0, note: note() });
    return step;
  }
}

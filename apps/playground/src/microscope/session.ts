import { selectBackend } from '@unroll/kernels';
import { Rng, yieldToEventLoop } from '@unroll/rnn-core';
import { Competitor, drawBatch, type Standing } from './competitor.ts';
import { CELLS, type CompetingCell, type MicroscopeSettings } from './settings.ts';

export type Standings = Readonly<Record<CompetingCell, Standing>>;

export interface RaceReport {
  readonly step: number;
  readonly standings: Standings;
}

const REPORT_MS = 150;

/** Three cells on one memory task, a step of each in turn: the same data, seed and learning rate. Lives in the worker. */
export class MicroscopeSession {
  #lr = 0;
  #isPaused = false;

  setLearningRate(lr: number): void {
    this.#lr = lr;
  }

  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
  }

  /** Trains to the last step. */
  async race(settings: MicroscopeSettings, threads: number, report: (race: RaceReport) => void): Promise<void> {
    const { delay, hidden, steps, lr, seed } = settings;
    this.#lr = lr;
    const { backend } = await selectBackend({ backend: 'auto', exact: true, threads });
    const rng = Rng.seeded(seed);
    const competitors = CELLS.map(
      (cell) => [cell, new Competitor(cell, hidden, backend, rng.split('init'))] as const,
    );
    const data = rng.split('data');
    let reported = performance.now();
    for (let step = 1; step <= steps; step++) {
      while (this.#isPaused) await new Promise((resolve) => setTimeout(resolve, 50));
      const batch = drawBatch(delay, data.split(step));
      for (const [, competitor] of competitors) competitor.step(step, batch, this.#lr);
      if (performance.now() - reported > REPORT_MS || step === steps) {
        const standings = Object.fromEntries(
          competitors.map(([cell, { standing }]) => [cell, standing]),
        ) as Standings;
        report({ step, standings });
        reported = performance.now();
      }
      await yieldToEventLoop();
    }
    for (const [, competitor] of competitors) competitor[Symbol.dispose]();
    backend.close();
  }
}

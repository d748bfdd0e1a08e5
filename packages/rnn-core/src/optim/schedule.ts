import { ConfigError } from '../errors.ts';
import { power } from '../math.ts';

/** How the learning rate moves over training: by the step, and for a plateau by what validation says. */
export interface Schedule {
  /** The rate of a step, the first being 1. */
  at(step: number): number;
  /** Tells the schedule a validation loss; only a plateau listens. */
  observe(loss: number): void;
  /** What must be saved to resume. */
  state(): Record<string, number>;
  /** Continues from what `state` returned. */
  restore(state: Record<string, number>): void;
}

/** Of {@link createSchedule}. */
export interface ScheduleConfig {
  readonly kind: 'constant' | 'step' | 'linear' | 'cosine' | 'plateau';
  /** The highest rate. */
  readonly peak: number;
  /** All steps of the training. */
  readonly steps: number;
  /** Steps over which the rate rises from 0 to the peak, before anything else. */
  readonly warmup?: number;
  /** linear, cosine: the rate of the last step, as a fraction of the peak, which the first after the warm-up has. */
  readonly floor?: number;
  /** step: after how many steps the rate is multiplied by `factor`. plateau: how many observations without progress. */
  readonly every?: number;
  /** step and plateau: what the rate is multiplied by. */
  readonly factor?: number;
}

/** @throws ConfigError when a number makes no sense */
export function createSchedule(config: ScheduleConfig): Schedule {
  const { kind, peak, steps, warmup = 0, floor = 0.01, every = kind === 'plateau' ? 2 : 1000, factor = 0.5 } = config;
  if (!(peak > 0 && Number.isFinite(peak)))
    throw new ConfigError(`createSchedule: peak must be a number above 0, got ${peak}`);
  if (!(warmup >= 0 && warmup <= steps))
    throw new ConfigError(`createSchedule: warmup must be in [0, ${steps}], the number of steps, got ${warmup}`);
  if (!(floor >= 0 && floor <= 1)) throw new ConfigError(`createSchedule: floor must be in [0, 1], got ${floor}`);
  if (!(every >= 1)) throw new ConfigError(`createSchedule: every must be at least 1, got ${every}`);
  if (!(factor > 0 && factor <= 1)) throw new ConfigError(`createSchedule: factor must be in (0, 1], got ${factor}`);
  const plateau = new Plateau(every, factor);
  /** How much of the steps after the warm-up is over, in [0, 1]. */
  const progress = (step: number): number =>
    Math.min(Math.max((step - warmup - 1) / Math.max(steps - warmup - 1, 1), 0), 1);
  const shape = (step: number): number => {
    switch (kind) {
      case 'constant':
        return 1;
      case 'step':
        return power(factor, Math.max(0, Math.floor((step - 1) / every)));
      case 'linear':
        return floor + (1 - floor) * (1 - progress(step));
      case 'cosine':
        return floor + (1 - floor) * 0.5 * (1 + cosineOfHalfTurn(progress(step)));
      case 'plateau':
        return plateau.scale;
    }
  };
  return {
    at: (step) => peak * (step <= warmup ? step / (warmup + 1) : shape(step)),
    observe: (loss) => plateau.observe(loss),
    state: () => ({ scale: plateau.scale, best: plateau.best, stale: plateau.stale }),
    restore: (state) => Object.assign(plateau, state),
  };
}

/** cos(πx) for x in [0, 1], by its series: `Math.cos` differs between hosts. */
function cosineOfHalfTurn(x: number): number {
  const y = (x > 0.5 ? 1 - x : x) * Math.PI;
  let term = 1;
  let sum = 1;
  for (let k = 1; k <= 10; k++) {
    term *= (-y * y) / ((2 * k - 1) * (2 * k));
    sum += term;
  }
  return x > 0.5 ? -sum : sum;
}

/** Lowers the rate when the loss has not improved for some observations. Source: torch ReduceLROnPlateau. */
class Plateau {
  scale = 1;
  best = Number.MAX_VALUE;
  stale = 0;
  readonly #patience: number;
  readonly #factor: number;

  constructor(patience: number, factor: number) {
    this.#patience = patience;
    this.#factor = factor;
  }

  observe(loss: number): void {
    if (loss < this.best) {
      this.best = loss;
      this.stale = 0;
    } else if (++this.stale >= this.#patience) {
      this.scale *= this.#factor;
      this.stale = 0;
    }
  }
}

/** A, additive; M, multiplicative; N, none; Ad, additive and damped: the names of Hyndman et al. */
export interface EtsForm {
  readonly error: 'A' | 'M';
  readonly trend: 'N' | 'A' | 'Ad';
  readonly season: 'N' | 'A' | 'M';
}

export interface EtsParameters {
  /** Of the level, the trend and the season. */
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  /** The damping; 1 without. */
  readonly phi: number;
}

/** Level, trend and season before a step; the season of the step first. */
export interface EtsState {
  readonly level: number;
  readonly trend: number;
  readonly season: readonly number[];
}

/**
 * Exponential smoothing as a model in state space, of one observation after the other.
 *
 *     q = l + φ·b     μ = q, q + s or q·s     e = y - μ, of multiplicative errors (y - μ)/μ
 *     l' = q + α·d     b' = φ·b + β·d     s' = s + γ·d·q / (q or 1)
 *
 * where d is e in the unit of the level: e/s with a multiplicative season, e·μ with multiplicative errors.
 *
 * Source: Hyndman, Koehler, Ord, Snyder 2008; the values of statsmodels' ETSModel.
 */
export class EtsFilter {
  readonly form: EtsForm;
  readonly #parameters: EtsParameters;
  #level: number;
  #trend: number;
  readonly #season: Float64Array;
  #at = 0; // which season is next

  constructor(form: EtsForm, parameters: EtsParameters, { level, trend, season }: EtsState) {
    this.form = form;
    this.#parameters = parameters;
    this.#level = level;
    this.#trend = form.trend === 'N' ? 0 : trend;
    this.#season = form.season === 'N' ? Float64Array.of(0) : Float64Array.from(season);
  }

  /** The state before the next step. */
  get state(): EtsState {
    const season = this.#season;
    return {
      level: this.#level,
      trend: this.#trend,
      season: [...season.subarray(this.#at), ...season.subarray(0, this.#at)],
    };
  }

  /** μ of the next step. */
  get mean(): number {
    const base = this.#level + this.#parameters.phi * this.#trend;
    const s = this.#season[this.#at] as number;
    return this.form.season === 'M' ? base * s : base + s;
  }

  /** Goes one step on. @param y what was observed @returns e, the error in the form's sense */
  observe(y: number): number {
    const mean = this.mean;
    const error = this.form.error === 'A' ? y - mean : (y - mean) / mean;
    this.advance(error);
    return error;
  }

  /** Goes one step on with an error. */
  advance(error: number): void {
    const { alpha, beta, gamma, phi } = this.#parameters;
    const base = this.#level + phi * this.#trend;
    const s = this.#season[this.#at] as number;
    const difference = this.form.error === 'A' ? error : error * this.mean; // y - μ
    const d = this.form.season === 'M' ? difference / s : difference;
    this.#level = base + alpha * d;
    if (this.form.trend !== 'N') this.#trend = phi * this.#trend + beta * d;
    if (this.form.season !== 'N')
      this.#season[this.#at] = s + gamma * (this.form.season === 'M' ? difference / base : difference);
    this.#at = (this.#at + 1) % this.#season.length;
  }
}

/** What observations say of a model: the log-likelihood with the variance that maximises it, and that variance. */
export interface EtsFit {
  readonly logLikelihood: number;
  /** σ², of multiplicative errors of the relative ones. */
  readonly variance: number;
}

/** Runs a filter over observations. */
export function fitOf(filter: EtsFilter, y: Float64Array): EtsFit {
  const isRelative = filter.form.error === 'M';
  let [squares, logs] = [0, 0];
  for (const value of y) {
    if (isRelative) logs += Math.log(Math.abs(filter.mean));
    squares += filter.observe(value) ** 2;
  }
  const variance = squares / y.length;
  return { logLikelihood: (-y.length / 2) * (Math.log(2 * Math.PI * variance) + 1) - logs, variance };
}

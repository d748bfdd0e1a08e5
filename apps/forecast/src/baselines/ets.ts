import { Rng } from '@unroll/rnn-core';
import { LEVELS, quantilesOf } from '../quantiles.ts';
import type { Baseline } from './baseline.ts';
import { EtsFilter, type EtsForm, type EtsParameters, type EtsState, fitOf } from './ets-model.ts';
import { nelderMead } from './nelder-mead.ts';

/** A form with its parameters and its first state, chosen on a history. */
export interface EtsModel {
  readonly form: EtsForm;
  readonly parameters: EtsParameters;
  /** Before the first step of the history. */
  readonly initial: EtsState;
  readonly logLikelihood: number;
  /** Akaike's information criterion, corrected for small samples: the lower, the better. */
  readonly aicc: number;
}

const PATHS = 500;
const SEED = 1;

/**
 * Exponential smoothing: the form of error, trend and season, and the parameters, with the lowest AICc on the history before
 * the first forecast; then the state takes every value up to the origin. Intervals are those of sampled paths.
 *
 * Source: Hyndman & Khandakar 2008 (R's ets).
 */
export const ets = (season: number): Baseline => ({
  name: 'ETS',
  fit: (history) => {
    const model = fitEts(history, season);
    return (history, horizon) => {
      const filter = new EtsFilter(model.form, model.parameters, model.initial);
      const deviation = Math.sqrt(fitOf(filter, history).variance);
      return forecast(model, filter.state, deviation, horizon);
    };
  },
});

function forecast({ form, parameters }: EtsModel, state: EtsState, deviation: number, horizon: number) {
  const straight = new EtsFilter(form, parameters, state);
  const point = new Float64Array(horizon);
  for (let k = 0; k < horizon; k++) {
    point[k] = straight.mean;
    straight.advance(0);
  }
  const rng = Rng.seeded(SEED).split('ets');
  const values = Array.from({ length: horizon }, () => new Float64Array(PATHS));
  for (let n = 0; n < PATHS; n++) {
    const path = new EtsFilter(form, parameters, state);
    for (const step of values) {
      const error = deviation * rng.normal();
      step[n] = form.error === 'A' ? path.mean + error : path.mean * (1 + error);
      path.advance(error);
    }
  }
  const quantiles = new Float64Array(horizon * LEVELS.length);
  for (const [k, step] of values.entries()) quantiles.set(quantilesOf(step.sort()), k * LEVELS.length);
  return { point, quantiles };
}

/** The best of all forms for a history. @param season steps of a season; 1 for none */
export function fitEts(history: Float64Array, season: number): EtsModel {
  const models = formsFor(history, season).map((form) => fitForm(history, form, season));
  return models.reduce((best, model) => (model.aicc < best.aicc ? model : best));
}

/** The forms that a history allows: a season needs three of its own, and what multiplies needs values above 0. */
function formsFor(history: Float64Array, season: number): EtsForm[] {
  const isPositive = history.every((value) => value > 0);
  const isSeasonal = season > 1 && history.length >= 3 * season;
  const seasons: EtsForm['season'][] = isSeasonal ? (isPositive ? ['N', 'A', 'M'] : ['N', 'A']) : ['N'];
  const errors: EtsForm['error'][] = isPositive ? ['A', 'M'] : ['A'];
  return errors
    .flatMap((error) =>
      (['N', 'A', 'Ad'] as const).flatMap((trend) => seasons.map((season) => ({ error, trend, season }))),
    )
    .filter(({ error, season }) => !(error === 'A' && season === 'M')); // not stable
}

/** The parameters of a form with the highest likelihood; those of the level and the trend at the start among them. */
export function fitForm(history: Float64Array, form: EtsForm, season: number): EtsModel {
  const start = initialState(history, form, season);
  const unit = Math.abs(start.level) / 10 || 1;
  const decode = (x: readonly number[]) => {
    const next = [...x].values();
    const read = (): number => next.next().value ?? 0;
    const alpha = inside(read());
    const beta = form.trend === 'N' ? 0 : alpha * inside(read());
    const phi = form.trend === 'Ad' ? 0.8 + 0.18 * inside(read()) : 1;
    const gamma = form.season === 'N' ? 0 : (1 - alpha) * inside(read());
    const level = start.level + unit * read();
    const trend = form.trend === 'N' ? 0 : start.trend + (unit / 10) * read();
    return { parameters: { alpha, beta, gamma, phi }, initial: { ...start, level, trend } };
  };
  const likelihood = (x: readonly number[]): number => {
    const { parameters, initial } = decode(x);
    return fitOf(new EtsFilter(form, parameters, initial), history).logLikelihood;
  };
  const smoothing = 1 + (form.trend === 'N' ? 0 : 1) + (form.trend === 'Ad' ? 1 : 0) + (form.season === 'N' ? 0 : 1);
  const states = form.trend === 'N' ? 1 : 2;
  const first = [0, ...new Array<number>(smoothing - 1).fill(-2), ...new Array<number>(states).fill(0)];
  const x = nelderMead((x) => -likelihood(x), first);
  const logLikelihood = likelihood(x);
  const K = smoothing + states + (form.season === 'N' ? 0 : season - 1) + 1; // the variance is the last
  const T = history.length;
  const aicc = 2 * K - 2 * logLikelihood + (2 * K * (K + 1)) / Math.max(1, T - K - 1);
  return { form, ...decode(x), logLikelihood, aicc: Number.isFinite(aicc) ? aicc : Infinity };
}

/** A number in (0, 1) from any. */
const inside = (x: number): number => 1e-4 + (1 - 2e-4) / (1 + Math.exp(-x));

/**
 * Where a filter starts: the season from the first seasons over their means, the level and the trend from a line through the
 * first values without it.
 */
function initialState(history: Float64Array, { season: kind }: EtsForm, season: number): EtsState {
  const m = kind === 'N' ? 1 : season;
  const seasons = Math.max(1, Math.min(5, Math.floor(history.length / m)));
  const indices = new Array<number>(m).fill(kind === 'M' ? 1 : 0);
  if (kind !== 'N') {
    indices.fill(0);
    for (let k = 0; k < seasons; k++) {
      const one = history.subarray(k * m, (k + 1) * m);
      const mean = one.reduce((a, b) => a + b) / m;
      for (const [j, y] of one.entries())
        indices[j] = (indices[j] as number) + (kind === 'M' ? y / mean : y - mean) / seasons;
    }
  }
  const count = Math.min(history.length, Math.max(10, 2 * m));
  const adjusted = Array.from(history.subarray(0, count), (y, t) => {
    const s = indices[t % m] as number;
    return kind === 'M' ? y / s : y - s;
  });
  const [mean, centre] = [adjusted.reduce((a, b) => a + b) / count, (count + 1) / 2];
  let [cross, square] = [0, 0];
  for (const [t, y] of adjusted.entries()) {
    cross += (t + 1 - centre) * (y - mean);
    square += (t + 1 - centre) ** 2;
  }
  const trend = square > 0 ? cross / square : 0;
  return { level: mean - trend * centre, trend, season: indices };
}

import { type BackendName, selectBackend } from '@unroll/kernels';
import {
  type Backend,
  builtFrom,
  CELL_NAMES,
  CheckpointError,
  concat,
  DataError,
  expand,
  loadModelFiles,
  loadWeights,
  type ModelFiles,
  type ModelSource,
  Parameters,
  Rng,
  type State,
  Tape,
  type Tensor,
} from '@unroll/rnn-core';
import { z } from 'zod';
import type { TimeSeries } from '../data/time-series.ts';
import { DISTRIBUTIONS, distributionOf } from '../distribution.ts';
import { Inputs, inputDescription, scaleOf } from '../inputs.ts';
import { ForecastModel, type ForecastState, HEADS } from '../model.ts';
import { LEVELS, MEDIAN, quantilesOf, spreadOut } from '../quantiles.ts';
import { batchOf } from '../training/windows.ts';
import type { Forecast } from './forecast.ts';

const size = z.int().min(1);
const configSchema = z.strictObject({
  head: z.enum(HEADS),
  distribution: z.enum(DISTRIBUTIONS),
  cell: z.enum(CELL_NAMES),
  inputSize: size,
  hiddenSize: size,
  numLayers: size,
  convKernel: z.int().min(0),
  numSeries: size,
  embeddingSize: size,
  horizon: size,
  context: size,
});

/** How paths are sampled. */
export interface PathOptions {
  /** Paths that are sampled; of the head `paths`. */
  readonly paths: number;
  readonly seed: number;
}

/** What is sampled where nothing else is said. */
export const PATH_DEFAULTS: PathOptions = { paths: 200, seed: 1 };

/** A network and its inputs, on a backend. */
export interface ForecastNetwork {
  readonly model: ForecastModel;
  readonly inputs: Inputs;
  readonly backend: Backend;
}

/**
 * Forecasts the steps of the horizon from a step on, from the values before it: the same numbers whatever else is forecast,
 * for they depend on the series, the step and the seed alone.
 *
 * @param origin the first step that is forecast
 * @throws DataError when there are too few values before it, or a covariate is not known
 */
export function forecastAt(
  network: ForecastNetwork,
  series: TimeSeries,
  origin: number,
  options: PathOptions,
): Forecast {
  const { model, inputs } = network;
  const { horizon, context, head } = model.config;
  if (origin < context)
    throw new DataError(
      `${series.name ? `series ${series.name}` : 'the series'}: must have ${context} steps before a forecast, as in training, got ${origin}; forecast a later step`,
    );
  inputs.checkKnown(series, origin + horizon);
  const [spread = 1] = model.spread.view();
  if (head === 'direct') return spreadOut(directForecast(network, series, origin), spread);
  const { least } = distributionOf(model.config.distribution);
  return spreadOut(sampledForecast(network, series, origin, options), spread, least);
}

function directForecast({ model, inputs, backend }: ForecastNetwork, series: TimeSeries, origin: number): Forecast {
  using tape = new Tape(backend, { record: false });
  const batch = batchOf([{ series, origin }], inputs, model.config, true);
  const { context, horizon, inputSize: F } = model.config;
  const scaled = model
    .forwardDirect(tape.constant(batch.x, [context, 1, F]), tape.constant(batch.future, [horizon, 1, F]), {
      ids: tape.ids(batch.ids, [1]),
    })
    .view();
  const Q = LEVELS.length;
  const quantiles = Float64Array.from(scaled, (value) => value * (batch.scale[0] as number));
  for (let k = 0; k < horizon; k++) quantiles.subarray(k * Q, (k + 1) * Q).sort(); // they may cross
  return forecastOf(quantiles);
}

function sampledForecast(
  network: ForecastNetwork,
  series: TimeSeries,
  origin: number,
  options: PathOptions,
): Forecast {
  const { horizon } = network.model.config;
  const paths = samplePaths(network, series, origin, options);
  const quantiles = new Float64Array(horizon * LEVELS.length);
  for (let k = 0; k < horizon; k++)
    quantiles.set(quantilesOf(Float64Array.from(paths, (path) => path[k] as number).sort()), k * LEVELS.length);
  return forecastOf(quantiles);
}

function forecastOf(quantiles: Float64Array): Forecast {
  const Q = LEVELS.length;
  const point = Float64Array.from({ length: quantiles.length / Q }, (_, k) => quantiles[k * Q + MEDIAN] as number);
  return { point, quantiles };
}

/** Paths of the series drawn one step after the other, each step given the ones before. @returns of each path its [h] values */
export function samplePaths(
  { model, inputs, backend }: ForecastNetwork,
  series: TimeSeries,
  origin: number,
  { paths: N, seed }: PathOptions,
): Float64Array[] {
  const { context, horizon, inputSize: F } = model.config;
  const rng = Rng.seeded(seed).split('paths').split(series.name).split(origin);
  const distribution = distributionOf(model.config.distribution);
  const { values } = series;
  const scale = scaleOf(values, origin - context, origin);
  const paths = Array.from({ length: N }, () => new Float64Array(horizon));

  using session = new Tape(backend, { record: false }); // holds the state from step to step
  const { x, ids } = batchOf([{ series, origin }], inputs, { context, horizon: 0 }, false);
  const one = model.forward(session.constant(x, [context, 1, F]), { ids: session.ids(ids, [1]) });
  let state = repeated(one.state, N);
  const input = new Float32Array(N * F);
  for (let k = 0; k < horizon; k++) {
    for (const [n, path] of paths.entries())
      inputs.write(series, origin + k, { values, origin, path }, scale, input, n * F);
    const out = model.forward(session.constant(input, [1, N, F]), {
      ids: session.ids(new Int32Array(N).fill(ids[0] as number), [N]),
      state,
    });
    const outputs = out.outputs.view();
    for (const [n, path] of paths.entries())
      path[k] = distribution.sample(outputs, n * distribution.outputs, scale, rng);
    state = out.state;
  }
  return paths;
}

/** The state of one series for each of its paths. */
function repeated({ layers, window }: ForecastState, N: number): ForecastState {
  const rows = (x: Tensor): Tensor => expand(x, [N, x.shape[1] as number]);
  return {
    layers: layers.map(({ h, c }) => (c ? { h: rows(h), c: rows(c) } : { h: rows(h) })) satisfies State,
    window:
      window &&
      concat(
        Array.from({ length: N }, () => window),
        1,
      ),
  };
}

/** What {@link Forecaster.load} computes with. */
export interface LoadOptions {
  /** A backend, which the caller closes, or the name of one; by default the fastest that runs here. */
  readonly backend?: Backend | BackendName;
}

/**
 * A trained forecaster: the network, what its inputs are, and the backend that computes.
 *
 *     using forecaster = await Forecaster.load('runs/forecast-us-births-1994-2003-1');
 *     forecaster.forecast(series).point;
 */
export class Forecaster implements ForecastNetwork, Disposable {
  readonly model: ForecastModel;
  readonly inputs: Inputs;
  readonly backend: Backend;
  readonly #parameters: Parameters;
  #ownsBackend = false;

  /**
   * Loads a model: the path of its folder in Node, a URL, or the bytes of its files by name.
   *
   * @throws CheckpointError when a file is missing or damaged
   * @throws BackendError when the named backend does not run here
   */
  static async load(source: ModelSource, { backend = 'auto' }: LoadOptions = {}): Promise<Forecaster> {
    const files = await loadModelFiles(source, 'forecast');
    if (typeof backend !== 'string') return new Forecaster(files, backend);
    const selected = await selectBackend({ backend });
    const forecaster = new Forecaster(files, selected.backend);
    forecaster.#ownsBackend = true;
    return forecaster;
  }

  /** @throws CheckpointError when the files do not hold a forecaster */
  constructor({ config: json, tokenizer, weights, where }: ModelFiles, backend: Backend) {
    const config = configSchema.safeParse(json);
    if (!config.success)
      throw new CheckpointError(
        `${where}/config.json: must describe a forecaster; the file is damaged or from another version`,
      );
    this.inputs = builtFrom(`${where}/tokenizer.json`, () => new Inputs(inputDescription.parse(tokenizer)));
    this.backend = backend;
    this.model = new ForecastModel(config.data);
    this.#parameters = Parameters.create(this.model, backend);
    loadWeights(this.#parameters, weights, where);
  }

  /** Forecasts the steps of the horizon. @param origin the first one; by default the one after the last value */
  forecast(series: TimeSeries, origin = series.values.length, options: Partial<PathOptions> = {}): Forecast {
    return forecastAt(this, series, origin, { ...PATH_DEFAULTS, ...options });
  }

  /** Gives the memory of the weights back, and closes a backend that {@link Forecaster.load} opened. */
  [Symbol.dispose](): void {
    this.#parameters.free();
    if (this.#ownsBackend) this.backend.close();
  }
}

import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cardSource } from '@unroll/datasets';
import { CELL_NAMES, ConfigError, DataError } from '@unroll/rnn-core';
import {
  type CommandOptions,
  type Context,
  command,
  count,
  didYouMean,
  type FinishedRun,
  optimizationFlags,
  readTextFile,
  runTraining,
  shellQuoted,
  trainingExclusive,
  trainingFlags,
} from '@unroll/run';
import { z } from 'zod';
import { type Holidays, isWithinDay, parseHolidays } from '../data/calendar.ts';
import { frequencyName } from '../data/time-axis.ts';
import type { SeriesSet } from '../data/time-series.ts';
import { formatTime } from '../data/timestamp.ts';
import { DISTRIBUTIONS } from '../distribution.ts';
import { originsOf } from '../evaluation.ts';
import { defaultLags, Inputs } from '../inputs.ts';
import { type ForecastModelConfig, HEADS } from '../model.ts';
import { ForecastTask } from '../training/forecast-task.ts';
import { TrainingWindows } from '../training/windows.ts';
import { checkSeries, readSeriesSet, seriesFiles, seriesFlags, seriesRequires } from './data-flags.ts';
import { scoreNetwork } from './evaluate.ts';
import { type ScoredMethod, scoreJson, scoreTable } from './score-table.ts';

const size = z.int().min(1).max(16_384);
const steps = z.int().min(1).max(10_000);

export const trainSchema = z.object({
  preset: z.string().optional().meta({
    description: 'settings to start from (see Presets); other flags override them',
    section: 'Data',
    placeholder: 'NAME',
  }),
  ...seriesFlags,
  holidays: z.string().min(1).optional().meta({
    description:
      'us = the holidays of the United States, or a file with a day and a name on each line: 2024-11-28 Thanksgiving, or 12-25 Christmas for every year',
    section: 'Data',
    placeholder: 'us|FILE',
  }),

  horizon: steps.optional().meta({ description: 'steps to forecast; by default a season', section: 'Forecast' }),
  context: steps.optional().meta({
    description: 'steps that are read before a forecast; by default twice the horizon',
    section: 'Forecast',
  }),
  head: z.enum(HEADS).default('paths').meta({
    description:
      'paths = a distribution of the next step, from which paths are sampled step by step (DeepAR); direct = quantiles of all steps at once (MQ-RNN)',
    section: 'Forecast',
  }),
  distribution: z.enum(DISTRIBUTIONS).default('student-t').meta({
    description: 'distribution of the next step, with --head paths; negative-binomial is for counts',
    section: 'Forecast',
  }),
  lags: z.array(steps).min(1).optional().meta({
    description:
      'how many steps back the values are that each step has as inputs; by default recent ones and those of earlier seasons',
    placeholder: 'N,…',
    section: 'Forecast',
  }),

  cell: z.enum(CELL_NAMES).default('gru').meta({ description: 'recurrent cell', section: 'Model' }),
  hiddenSize: size.default(40).meta({ description: 'hidden units of each layer', section: 'Model' }),
  numLayers: z.int().min(1).max(16).default(1).meta({ description: 'recurrent layers', section: 'Model' }),
  embeddingSize: size.optional().meta({
    description: 'size of the embedding of each series, where there are several; by default 8',
    section: 'Model',
  }),
  convKernel: z.int().min(0).max(64).default(0).meta({
    description: 'steps that a convolution in front of the recurrent layers reads; 0 = none',
    section: 'Model',
  }),
  dropout: z.number().min(0).lt(1).default(0.1).meta({
    description: 'dropout probability of the output of the recurrent layers',
    section: 'Model',
  }),
  batchSize: z
    .int()
    .min(1)
    .max(65_536)
    .default(32)
    .meta({ description: 'windows per batch', section: 'Optimisation' }),

  ...optimizationFlags,
  ...trainingFlags,
});

export type TrainConfig = z.output<typeof trainSchema>;

/** The settings of a training besides its flags. */
export const trainSources = {
  schema: trainSchema,
  presets: new URL('../../presets/', import.meta.url),
  exclusive: [...trainingExclusive, ['dataset', 'data']],
  requires: [
    ...seriesRequires,
    { flags: ['distribution'], when: ({ head }) => head === 'paths', needs: '--head paths' },
  ],
  check: (config) => {
    checkSeries(config);
    if (config.resume === undefined) checkHolidayFile(config.holidays);
  },
} satisfies Omit<CommandOptions<typeof trainSchema>, 'run'>;

/** `train`. */
export const trainCommand = command({
  ...trainSources,
  run: async (config, context) => {
    const { run, evaluation, result } = await trainForecaster(config, context);
    const next = ['predict', 'backtest', 'plot'].map(
      (name) => `  ${context.invocation} ${name} ${shellQuoted(run)}\n`,
    );
    context.out.write(`${scoreTable(evaluation)}\nThe run is in ${run}. Go on with:\n${next.join('')}`);
    return result;
  },
});

/** Trains from series to a run folder and its metrics on the test part. */
export function trainForecaster(
  config: TrainConfig,
  context: Context,
): Promise<FinishedRun<readonly ScoredMethod[]>> {
  return runTraining({
    app: 'forecast',
    config,
    context,
    prepare: async () => {
      const data = await readSeriesSet(config, (line) => context.err.write(`${line}\n`));
      for (const note of data.notes) context.err.write(`${note}\n`);
      if (config.head === 'paths' && config.distribution === 'negative-binomial') checkCounts(data);
      checkEmbedding(config, data);
      checkHolidays(config, data);
      const { horizon, context: contextLength } = lengths(config, data);
      const description = Inputs.describe(data, {
        lags: config.lags ?? defaultLags(data.season),
        holidays: readHolidays(config.holidays),
        context: contextLength,
      });
      const inputs = new Inputs(description);
      const model = modelConfig(config, data, inputs);
      const windows = new TrainingWindows(data, model);
      for (const part of ['valid', 'test'] as const) originsOf(data, part, horizon);
      const [first] = data.series;
      const values = data.series.reduce((sum, { values }) => sum + values.length, 0);
      return {
        data: { name: data.name, files: seriesFiles(config) },
        architecture: 'ForecastModel',
        model: { ...model },
        tokenizer: description,
        card: { ...CARD, source: cardSource(config) },
        unit: 'windows',
        metrics: [
          { key: 'loss', label: 'loss', unit: config.head === 'paths' ? 'nats' : 'quantile loss' },
          { key: 'validLoss', label: 'valid wQL' },
          { key: 'validMase', label: 'MASE' },
        ],
        stepsPerEpoch: Math.ceil(windows.count / config.batchSize),
        createTask: (backend, steps) => new ForecastTask(config, model, { data, inputs }, backend, steps),
        describe: ({ model }) =>
          `${config.numLayers}×${config.hiddenSize} ${config.cell}, ${count(model.parameterCount)} parameters, ${count(data.series.length)} series of ${data.name}, ${count(values)} steps of ${first ? frequencyName(first.axis.frequency) : ''}`,
        evaluate: async ({ model }, backend) => {
          const methods = await scoreNetwork({ model, inputs, backend }, data);
          return { evaluation: methods, result: scoreJson(methods) };
        },
        sampleEvaluation: (task) => ({ run: () => task.validate(), fraction: 0.5 }),
      };
    },
  });
}

/** @throws ConfigError when the size of an embedding is given that the network of a single series does not have */
function checkEmbedding({ embeddingSize, resume }: TrainConfig, { series, name }: SeriesSet): void {
  if (embeddingSize !== undefined && resume === undefined && series.length === 1)
    throw new ConfigError(`--embedding-size has no effect with the single series of ${name}; leave it out`);
}

/** @throws ConfigError when holidays are given, and not by a preset, for steps longer than a day */
function checkHolidays({ holidays, resume, preset }: TrainConfig, { series: [first], name }: SeriesSet): void {
  const isGiven = holidays !== undefined && resume === undefined && preset === undefined;
  if (isGiven && first && !isWithinDay(first.axis.frequency))
    throw new ConfigError(
      `--holidays has no effect with the steps of ${frequencyName(first.axis.frequency)} of ${name}; leave it out`,
    );
}

/** @throws DataError when a value is not a whole number of at least 0 */
function checkCounts({ series, name }: SeriesSet): void {
  for (const { values, axis } of series) {
    const at = values.findIndex((value) => !Number.isNaN(value) && !(Number.isInteger(value) && value >= 0));
    if (at >= 0)
      throw new DataError(
        `${name}: --distribution negative-binomial must have whole numbers of at least 0, got ${values[at]} at ${formatTime(axis.at(at))}; use student-t`,
      );
  }
}

/** The holidays of a file, or of a list that the package brings. */
function readHolidays(file: string | undefined): Holidays {
  if (file === undefined) return { names: [], days: {} };
  const path = BUILT_IN.includes(file) ? fileURLToPath(new URL(`../../holidays/${file}.txt`, import.meta.url)) : file;
  return parseHolidays(readTextFile(path), path);
}

/** Lists of holidays in the folder `holidays/`. */
const BUILT_IN: readonly string[] = ['us'];

/** @throws ConfigError when they are of no list that the package brings, and no file */
function checkHolidayFile(file: string | undefined): void {
  if (file === undefined || BUILT_IN.includes(file) || statSync(file, { throwIfNoEntry: false })?.isFile()) return;
  throw new ConfigError(
    `--holidays must be ${BUILT_IN.join(', ')} or a file, got ${file}${didYouMean(file, BUILT_IN)}; write a file with a day and a name on each line, such as 2024-07-14 or 07-14 Bastille Day`,
  );
}

/** The horizon and the context in steps. */
function lengths({ horizon = 0, context }: TrainConfig, { season }: SeriesSet): { horizon: number; context: number } {
  const steps = horizon || (season > 1 ? season : DEFAULT_HORIZON);
  return { horizon: steps, context: context ?? 2 * steps };
}

const DEFAULT_HORIZON = 8; // where there is no season

const DEFAULT_EMBEDDING_SIZE = 8;

/** What determines the names and shapes of the parameters. */
function modelConfig(config: TrainConfig, data: SeriesSet, inputs: Inputs): ForecastModelConfig {
  const {
    head,
    distribution,
    cell,
    hiddenSize,
    numLayers,
    convKernel,
    embeddingSize = DEFAULT_EMBEDDING_SIZE,
  } = config;
  const [first] = data.series;
  return {
    head,
    distribution,
    cell,
    inputSize: first ? inputs.size(first) : 0,
    hiddenSize,
    numLayers,
    convKernel,
    numSeries: data.series.length,
    embeddingSize,
    ...lengths(config, data),
  };
}

const CARD = {
  task: 'time-series-forecasting',
  summary: 'A recurrent network that forecasts time series as distributions.',
  intendedUse: 'To forecast the series it was trained on, with intervals that say how sure it is.',
  limits:
    'It knows nothing but the past of its series, the calendar and the covariates it was given: what has never happened in them is in none of its intervals.',
  metrics: {
    'network.mase': 'MASE',
    'network.smape': 'sMAPE',
    'network.crps': 'CRPS',
    'network.weightedQuantileLoss': 'weighted quantile loss',
  },
} as const;

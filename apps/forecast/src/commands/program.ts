import { invocationOf, type Program } from '@unroll/run';

/** The program `forecast`. */
export const program: Program = {
  app: 'forecast',
  invocation: invocationOf('forecast'),
  summary: 'Trains networks that forecast time series, and compares them with ETS, ARIMA and naive forecasts.',
  commands: {
    train: {
      summary: 'Trains a network that forecasts one or many time series.',
      load: async () => (await import('./train.ts')).trainCommand,
    },
    evaluate: {
      summary: 'Scores a model on the test part of its series, beside the naive forecasts.',
      load: async () => (await import('./evaluate.ts')).evaluateCommand,
    },
    predict: {
      summary: 'Forecasts the next steps of every series: the median and intervals, as CSV.',
      load: async () => (await import('./predict.ts')).predictCommand,
    },
    backtest: {
      summary: 'Forecasts a part of the series from rolling origins, beside naive forecasts, ETS and ARIMA.',
      load: async () => (await import('./backtest.ts')).backtestCommand,
    },
    plot: {
      summary:
        'Draws the forecast of every series, and forecasts of its test part beside the actual values: one HTML file.',
      load: async () => (await import('./plot.ts')).plotCommand,
    },
  },
};

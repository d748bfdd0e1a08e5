import { invocationOf, type Program } from '@unroll/run';
import { backtestCommand } from './backtest.ts';
import { evaluateCommand } from './evaluate.ts';
import { plotCommand } from './plot.ts';
import { predictCommand } from './predict.ts';
import { trainCommand } from './train.ts';

/** The program `forecast`. */
export const program: Program = {
  app: 'forecast',
  invocation: invocationOf('forecast'),
  summary: 'Trains networks that forecast time series, and compares them with ETS, ARIMA and naive forecasts.',
  commands: {
    train: trainCommand,
    evaluate: evaluateCommand,
    predict: predictCommand,
    backtest: backtestCommand,
    plot: plotCommand,
  },
};

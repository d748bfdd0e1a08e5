import { type Entry, invocationOf, type Program } from '@unroll/run';

/** An application as a command of `unroll`; only the one that is called is loaded. */
function application(app: string, summary: string, load: () => Promise<Program>): Entry {
  const invocation = invocationOf(app, { words: `unroll ${app}`, package: 'unroll' });
  return { summary, load: async () => ({ ...(await load()), invocation }) };
}

/** The program `unroll`: every application by its name. */
export const program: Program = {
  app: 'unroll',
  invocation: invocationOf('unroll', { words: 'unroll', package: 'unroll' }),
  summary: 'Trains, evaluates and runs recurrent networks for text and time series.',
  hasApplications: true,
  commands: {
    'char-lm': application(
      'char-lm',
      'Character language models: train on any text, generate and score text.',
      async () => (await import('@unroll/char-lm/program')).program,
    ),
    sentiment: application(
      'sentiment',
      'Trains and runs classifiers of texts, such as by sentiment, and compares them with linear baselines.',
      async () => (await import('@unroll/sentiment/program')).program,
    ),
    translate: application(
      'translate',
      'Trains translation models on parallel text, and translates with them.',
      async () => (await import('@unroll/translate/program')).program,
    ),
    forecast: application(
      'forecast',
      'Trains networks that forecast time series, and compares them with ETS, ARIMA and naive forecasts.',
      async () => (await import('@unroll/forecast/program')).program,
    ),
    compare: application(
      'compare',
      'Compares tasks, cells and how their gradients flow.',
      async () => (await import('@unroll/compare/program')).program,
    ),
    metrics: application(
      'metrics',
      'Scores translations as sacreBLEU does: detokenised text in, a score and its signature out.',
      async () => (await import('@unroll/translate/metrics-program')).metricsProgram,
    ),
  },
};

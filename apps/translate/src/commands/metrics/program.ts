import { invocationOf, type Program } from '@unroll/run';

/** The program `metrics`. */
export const metricsProgram: Program = {
  app: 'metrics',
  invocation: invocationOf('metrics', { words: 'unroll-metrics', package: '@unroll/translate' }),
  summary: 'Scores translations as sacreBLEU does: detokenised text in, a score and its signature out.',
  commands: {
    bleu: {
      summary: 'BLEU: geometric mean of the precisions of word 1- to 4-grams, times a brevity penalty.',
      load: async () => (await import('./bleu.ts')).bleuCommand,
    },
    chrf: {
      summary: 'chrF: F-score of character n-grams; chrF++ with word n-grams.',
      load: async () => (await import('./chrf.ts')).chrfCommand,
    },
    ter: {
      summary: 'TER: edits per hundred words; lower is better.',
      load: async () => (await import('./ter.ts')).terCommand,
    },
    exact: {
      summary: 'Exact match: percentage of sentences that equal a reference.',
      load: async () => (await import('./exact.ts')).exactCommand,
    },
    compare: {
      summary: 'Tests whether the difference between two systems is statistically significant.',
      load: async () => (await import('./compare.ts')).compareCommand,
    },
  },
};

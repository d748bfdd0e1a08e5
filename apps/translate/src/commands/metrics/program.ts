import { invocationOf, type Program } from '@unroll/run';
import { bleuCommand } from './bleu.ts';
import { chrfCommand } from './chrf.ts';
import { compareCommand } from './compare.ts';
import { exactCommand } from './exact.ts';
import { terCommand } from './ter.ts';

/** The program `metrics`. */
export const metricsProgram: Program = {
  app: 'metrics',
  invocation: invocationOf('metrics', { words: 'unroll-metrics', package: '@unroll/translate' }),
  summary: 'Scores translations as sacreBLEU does: detokenised text in, a score and its signature out.',
  commands: { bleu: bleuCommand, chrf: chrfCommand, ter: terCommand, exact: exactCommand, compare: compareCommand },
};

import { invocationOf, type Program } from '@unroll/run';
import { evaluateCommand } from './evaluate.ts';
import { exportCommand } from './export.ts';
import { sampleCommand } from './sample.ts';
import { scoreCommand } from './score.ts';
import { startCommand } from './start.ts';
import { trainCommand } from './train.ts';

/** The program `char-lm`. */
export const program: Program = {
  app: 'char-lm',
  invocation: invocationOf('char-lm'),
  summary: 'Character language models: train on any text, generate and score text.',
  commands: {
    start: startCommand,
    train: trainCommand,
    evaluate: evaluateCommand,
    sample: sampleCommand,
    score: scoreCommand,
    export: exportCommand,
  },
};

import { invocationOf, type Program } from '@unroll/run';
import { compareCommand } from './compare.ts';
import { evaluateCommand } from './evaluate.ts';
import { exportCommand } from './export.ts';
import { scoreCommand } from './score.ts';
import { startCommand } from './start.ts';
import { tokensCommand } from './tokens.ts';
import { trainCommand } from './train.ts';
import { translateCommand } from './translate.ts';

/** The program `translate`. */
export const program: Program = {
  app: 'translate',
  invocation: invocationOf('translate'),
  summary: 'Trains translation models on parallel text, and translates with them.',
  defaultCommand: 'start',
  commands: {
    start: startCommand,
    train: trainCommand,
    evaluate: evaluateCommand,
    translate: translateCommand,
    score: scoreCommand,
    export: exportCommand,
    tokens: tokensCommand,
    compare: compareCommand,
  },
};

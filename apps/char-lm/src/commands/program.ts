import { command, type Program } from '@unroll/run';
import { evaluateSchema, sampleSchema, scoreSchema, trainSchema, trainSources } from './config.ts';
import { evaluateCharLm } from './evaluate.ts';
import { sampleCharLm } from './sample.ts';
import { scoreCharLm } from './score.ts';
import { startCommand } from './start.ts';
import { trainCommand } from './train.ts';

/** What `char-lm` understands. */
export const program: Program = {
  app: 'char-lm',
  invocation: 'npm run -s char-lm --',
  summary: 'Learns to write from a text, one character at a time.',
  commands: {
    start: startCommand,
    train: command({ summary: 'Trains a model on a text.', schema: trainSchema, ...trainSources, run: trainCommand }),
    evaluate: command({
      summary: 'Measures a model on held-out text: every character once, its state carried.',
      schema: evaluateSchema,
      run: evaluateCharLm,
    }),
    sample: command({ summary: 'Lets a model write.', schema: sampleSchema, run: sampleCharLm }),
    score: command({
      summary: 'Shows how much each character of a text surprises a model.',
      schema: scoreSchema,
      run: scoreCharLm,
    }),
  },
};

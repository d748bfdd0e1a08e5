import { command, type Program } from '@unroll/run';
import { ablateSentiment } from './commands/ablate.ts';
import { crossValidateSentiment } from './commands/cross-validate.ts';
import { evaluateSentiment } from './commands/evaluate.ts';
import { explainSentiment } from './commands/explain.ts';
import { predictSentiment } from './commands/predict.ts';
import { startSentiment } from './commands/start.ts';
import { showTokens } from './commands/tokens.ts';
import { trainCommand } from './commands/train.ts';
import {
  ablateSources,
  crossValidateSources,
  evaluateSchema,
  explainSchema,
  predictSchema,
  tokensSchema,
  trainSources,
} from './config.ts';

/** What `sentiment` understands. */
export const program: Program = {
  app: 'sentiment',
  invocation: 'npm run -s sentiment --',
  summary: 'Learns to tell what a text thinks of its subject, and says how far to trust it.',
  commands: {
    start: command({
      summary: 'Trains on sentences of reviews, and shows what came of it.',
      ...trainSources,
      run: startSentiment,
    }),
    train: command({ summary: 'Trains a model on labelled texts.', ...trainSources, run: trainCommand }),
    evaluate: command({
      summary: 'Measures a model on held-out texts, beside the lexicon and bags of words.',
      schema: evaluateSchema,
      run: evaluateSentiment,
    }),
    predict: command({
      summary: 'Judges texts: arguments, lines of standard input, or the records of a file of any length.',
      schema: predictSchema,
      run: predictSentiment,
    }),
    explain: command({ summary: 'Shows which words moved a verdict.', schema: explainSchema, run: explainSentiment }),
    tokens: command({ summary: 'Shows what a model sees of a text.', schema: tokensSchema, run: showTokens }),
    'cross-validate': command({
      summary: 'Trains and judges on every part of the texts in turn: mean and spread, beside the bag of words.',
      ...crossValidateSources,
      run: crossValidateSentiment,
    }),
    ablate: command({
      summary: 'Adds the parts of the method one by one, and says what each brings on the validation texts.',
      ...ablateSources,
      run: ablateSentiment,
    }),
  },
};

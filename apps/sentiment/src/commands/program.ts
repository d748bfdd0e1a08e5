import { command, invocationOf, type Program } from '@unroll/run';
import { ablateSentiment, ablateSources } from './ablate.ts';
import { crossValidateSentiment, crossValidateSources } from './cross-validate.ts';
import { evaluateSentiment, evaluateSources } from './evaluate.ts';
import { explainSchema, explainSentiment } from './explain.ts';
import { exportCommand } from './export.ts';
import { predictSentiment, predictSources } from './predict.ts';
import { startCommand } from './start.ts';
import { showTokens, tokensSources } from './tokens.ts';
import { trainCommand, trainSources } from './train.ts';

/** The command-line program `sentiment`. */
export const program: Program = {
  app: 'sentiment',
  invocation: invocationOf('sentiment'),
  summary: 'Trains and runs classifiers of texts, such as by sentiment, and compares them with linear baselines.',
  defaultCommand: 'start',
  commands: {
    start: startCommand,
    train: command({ summary: 'Trains a model on labelled texts.', ...trainSources, run: trainCommand }),
    evaluate: command({
      summary: 'Scores a model on held-out texts, beside the baselines.',
      ...evaluateSources,
      run: evaluateSentiment,
    }),
    predict: command({
      summary: 'Classifies texts: arguments, lines of standard input, or the records of a file of any length.',
      ...predictSources,
      run: predictSentiment,
    }),
    explain: command({
      summary: 'Shows which words influenced a prediction.',
      schema: explainSchema,
      run: explainSentiment,
    }),
    export: exportCommand,
    tokens: command({ summary: 'Shows the tokens of a text.', ...tokensSources, run: showTokens }),
    'cross-validate': command({
      summary: 'Trains and tests on every fold of the texts: mean and standard deviation, beside the baselines.',
      ...crossValidateSources,
      run: crossValidateSentiment,
    }),
    ablate: command({
      summary: 'Adds the components of the method one by one: the validation accuracy of each step.',
      ...ablateSources,
      run: ablateSentiment,
    }),
  },
};

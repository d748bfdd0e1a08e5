import { invocationOf, type Program } from '@unroll/run';

/** The command-line program `sentiment`. */
export const program: Program = {
  app: 'sentiment',
  invocation: invocationOf('sentiment'),
  summary: 'Trains and runs classifiers of texts, such as by sentiment, and compares them with linear baselines.',
  defaultCommand: 'start',
  commands: {
    start: {
      summary: 'Trains on sentences of reviews, evaluates, and explains a few predictions.',
      load: async () => (await import('./start.ts')).startCommand,
    },
    train: {
      summary: 'Trains a model on labelled texts.',
      load: async () => (await import('./train.ts')).trainCommand,
    },
    evaluate: {
      summary: 'Scores a model on held-out texts, beside the baselines.',
      load: async () => (await import('./evaluate.ts')).evaluateCommand,
    },
    predict: {
      summary: 'Classifies texts: arguments, lines of standard input, or the records of a file of any length.',
      load: async () => (await import('./predict.ts')).predictCommand,
    },
    explain: {
      summary: 'Shows which words influenced a prediction.',
      load: async () => (await import('./explain.ts')).explainCommand,
    },
    export: {
      summary: 'Exports a model to ONNX or PyTorch, or with its weights in fewer bits.',
      load: async () => (await import('./export.ts')).exportCommand,
    },
    tokens: { summary: 'Shows the tokens of a text.', load: async () => (await import('./tokens.ts')).tokensCommand },
    'cross-validate': {
      summary: 'Trains and tests on every fold of the texts: mean and standard deviation, beside the baselines.',
      load: async () => (await import('./cross-validate.ts')).crossValidateCommand,
    },
    ablate: {
      summary: 'Adds the components of the method one by one: the validation accuracy of each step.',
      load: async () => (await import('./ablate.ts')).ablateCommand,
    },
  },
};

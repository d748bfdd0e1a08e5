import { invocationOf, type Program } from '@unroll/run';

/** The program `translate`. */
export const program: Program = {
  app: 'translate',
  invocation: invocationOf('translate'),
  summary: 'Trains translation models on parallel text, and translates with them.',
  defaultCommand: 'start',
  commands: {
    start: {
      summary: 'Trains on the messages of a compiler, English to French, and shows example translations.',
      load: async () => (await import('./start.ts')).startCommand,
    },
    train: {
      summary: 'Trains a translation model on raw parallel text.',
      load: async () => (await import('./train.ts')).trainCommand,
    },
    evaluate: {
      summary: 'Prints BLEU, chrF2 and exact match of a model on held-out sentences.',
      load: async () => (await import('./evaluate.ts')).evaluateCommand,
    },
    translate: {
      summary: 'Translates sentences.',
      load: async () => (await import('./translate.ts')).translateCommand,
    },
    score: {
      summary: 'Prints the log-probability of given translations.',
      load: async () => (await import('./score.ts')).scoreCommand,
    },
    export: {
      summary: 'Exports a model to ONNX or PyTorch, or with its weights in fewer bits.',
      load: async () => (await import('./export.ts')).exportCommand,
    },
    tokens: {
      summary: 'Prints the subwords of sentences.',
      load: async () => (await import('./tokens.ts')).tokensCommand,
    },
    compare: {
      summary: 'Trains a model with each kind of attention, and prints a table of results.',
      load: async () => (await import('./compare.ts')).compareCommand,
    },
  },
};

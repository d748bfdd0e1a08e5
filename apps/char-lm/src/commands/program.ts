import { invocationOf, type Program } from '@unroll/run';

/** The program `char-lm`. */
export const program: Program = {
  app: 'char-lm',
  invocation: invocationOf('char-lm'),
  summary: 'Character language models: train on any text, generate and score text.',
  commands: {
    start: {
      summary: 'Trains on Moby-Dick, prints the score and three samples, and what to try next.',
      load: async () => (await import('./start.ts')).startCommand,
    },
    train: { summary: 'Trains a model on a text.', load: async () => (await import('./train.ts')).trainCommand },
    evaluate: {
      summary: 'Scores a model on held-out text: each character once, with the state carried over the whole text.',
      load: async () => (await import('./evaluate.ts')).evaluateCommand,
    },
    sample: {
      summary: 'Generates text, and prints it as it is generated.',
      load: async () => (await import('./sample.ts')).sampleCommand,
    },
    score: {
      summary: 'Prints the bits of each character of a text under a model: fewer bits, better predicted.',
      load: async () => (await import('./score.ts')).scoreCommand,
    },
    export: {
      summary: 'Exports a model to ONNX or PyTorch, or with its weights in fewer bits.',
      load: async () => (await import('./export.ts')).exportCommand,
    },
  },
};

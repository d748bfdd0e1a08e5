import {
  backendFlags,
  dataFlags,
  optimizationFlags,
  outputFlags,
  trainingExclusive,
  trainingFlags,
} from '@unroll/run';
import { z } from 'zod';

const share = z.number().min(0).lt(1);

/** A model on disk, as every command but `train` takes it. */
const modelFlags = {
  dir: z.string().min(1).meta({ description: 'the folder of a run', argument: 'DIR', once: true }),
  checkpoint: z.enum(['best', 'last']).default('best').meta({
    description: 'which weights: of the best validation, or of the last step saved',
    section: 'Model',
  }),
};

/** Which text, and what a character of it is. */
const corpusFlags = {
  dataset: z
    .string()
    .optional()
    .meta({ description: 'a named text to learn from', section: 'Data', placeholder: 'NAME' }),
  data: z.string().optional().meta({
    description: 'a text file of your own, UTF-8, gzip allowed',
    section: 'Data',
    placeholder: 'PATH',
  }),
  valid: z.string().optional().meta({
    description: 'its held-out text; by default the last tenth of --data',
    section: 'Data',
    placeholder: 'PATH',
  }),
  unit: z.enum(['byte', 'codepoint', 'grapheme']).default('codepoint').meta({
    description: 'what a character is',
    section: 'Data',
  }),
};

/** The part of a run's settings that says where its text is. */
export const corpusSchema = z.object({ ...corpusFlags, ...dataFlags });

export const trainSchema = z.object({
  preset: z.string().optional().meta({ description: 'settings to begin from', section: 'Data', placeholder: 'NAME' }),
  ...corpusFlags,

  cell: z
    .enum(['rnn', 'gru', 'lstm'])
    .default('lstm')
    .meta({ description: 'which recurrent cell', section: 'Model' }),
  hidden: z
    .int()
    .min(1)
    .max(16_384)
    .default(128)
    .meta({ description: 'numbers of each hidden state', section: 'Model' }),
  layers: z.int().min(1).max(16).default(1).meta({ description: 'recurrent layers', section: 'Model' }),
  embedding: z
    .int()
    .min(1)
    .max(16_384)
    .default(64)
    .meta({ description: 'numbers of each character', section: 'Model' }),
  tied: z.boolean().default(false).meta({
    description: 'read and predict a character with the same numbers; --embedding then equals --hidden',
    section: 'Model',
  }),
  layerNorm: z.boolean().default(false).meta({ description: "normalise each layer's output", section: 'Model' }),

  dropoutInput: share
    .default(0)
    .meta({ description: 'share dropped of what a character is read as', section: 'Dropout' }),
  dropout: share.default(0).meta({ description: 'share dropped of what each layer hands on', section: 'Dropout' }),
  dropConnect: share.default(0).meta({ description: 'share dropped of the recurrent weights', section: 'Dropout' }),
  variational: z.boolean().default(false).meta({
    description: 'drop the same for all of a window’s time',
    section: 'Dropout',
  }),

  batch: z
    .int()
    .min(1)
    .max(65_536)
    .default(64)
    .meta({ description: 'parallel streams of the text', section: 'Windows' }),
  window: z.int().min(1).max(65_536).default(32).meta({
    description: 'how far errors are carried back',
    unit: 'characters',
    section: 'Windows',
  }),
  grow: z
    .array(z.number().gt(0).lt(1))
    .default([])
    .refine((shares) => shares.every((share, k) => k === 0 || share > (shares[k - 1] ?? 0)), 'must rise')
    .meta({
      description: 'at which shares of the training the window doubles, rising: 0.35,0.7',
      section: 'Windows',
    }),

  ...optimizationFlags,
  ...trainingFlags,
});

export type TrainConfig = z.output<typeof trainSchema>;

/** Where the settings of a training come from besides the flags. */
export const trainSources = {
  presets: new URL('../../presets/', import.meta.url),
  exclusive: [...trainingExclusive, ['dataset', 'data']],
};

export const evaluateSchema = z.object({
  ...modelFlags,
  data: z.string().optional().meta({
    description: 'the text to evaluate on; by default what the run held out',
    placeholder: 'PATH',
    section: 'Data',
  }),
  ...dataFlags,
  ...backendFlags,
  ...outputFlags,
});

export type EvaluateConfig = z.output<typeof evaluateSchema>;

/** How a text is written. */
const samplingFlags = {
  prompt: z.string().default('').meta({ description: 'what the text goes on from', section: 'Sampling' }),
  length: z
    .int()
    .min(1)
    .default(500)
    .meta({ description: 'how much to write', unit: 'characters', section: 'Sampling' }),
  temperature: z.number().min(0).max(100).default(0.8).meta({
    description: 'how daring: 1 as the model has it, 0 always the likeliest',
    section: 'Sampling',
  }),
  topK: z
    .int()
    .min(0)
    .default(0)
    .meta({ description: 'choose among the k likeliest; 0 for all', section: 'Sampling' }),
  topP: z.number().gt(0).max(1).default(1).meta({
    description: 'choose among the likeliest that together have this probability',
    section: 'Sampling',
  }),
  repetitionPenalty: z.number().min(1).max(100).default(1).meta({
    description: 'how much less likely what stood among the last 64 characters is made; 1 for not at all',
    section: 'Sampling',
  }),
  weights: z.enum(['float32', 'int8']).default('float32').meta({
    description: 'as they are, or rounded to 8 bits: faster where a model is larger than the processor’s cache',
    section: 'Sampling',
  }),
  stop: z.string().min(1).optional().meta({ description: 'end before this would be written', section: 'Sampling' }),
  probabilities: z.int().min(0).max(100).default(0).meta({
    description: 'in place of the text, each character and so many of the likeliest with their probabilities',
    section: 'Sampling',
  }),
};

export const samplingDefaults = z.object(samplingFlags).parse({});

export const sampleSchema = z.object({
  ...modelFlags,
  ...samplingFlags,
  count: z.int().min(1).max(10_000).default(1).meta({ description: 'how many texts', section: 'Sampling' }),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1)
    .meta({ description: 'the same seed gives the same text', section: 'Sampling' }),
  ...backendFlags,
  ...outputFlags,
});

export type SampleConfig = z.output<typeof sampleSchema>;

export const scoreSchema = z.object({
  ...modelFlags,
  file: z.string().optional().meta({
    description: 'the text to score; standard input by default',
    argument: 'FILE',
  }),
  ...backendFlags,
  ...outputFlags,
});

export type ScoreConfig = z.output<typeof scoreSchema>;

import {
  backendFlags,
  dataFlags,
  optimizationFlags,
  outputFlags,
  trainingExclusive,
  trainingFlags,
} from '@unroll/run';
import { z } from 'zod';
import { POOLINGS } from './model/pooling.ts';

const share = z.number().min(0).lt(1);
const size = z.int().min(1).max(65_536);
const path = z.string().min(1);

/** A column by its name in the header, or by its number, from 1, in a file without one. */
const column = (name: string) =>
  z
    .string()
    .min(1)
    .default(name)
    .meta({
      description: `the column or key of the ${name}: its name, or from 1 its number in a file without a header`,
      placeholder: 'NAME|N',
      section: 'Data',
    });

const columns = { textColumn: column('text'), labelColumn: column('label') };

/** Which labelled texts. */
export const corpusFlags = {
  dataset: path
    .optional()
    .meta({ description: 'a named set of labelled texts', section: 'Data', placeholder: 'NAME' }),
  data: path.optional().meta({
    description: 'labelled texts of your own to learn from: CSV, TSV or JSONL, gzip allowed',
    section: 'Data',
    placeholder: 'PATH',
  }),
  valid: path.optional().meta({
    description: 'its validation texts; by default a tenth of --data, chosen by the hash of the text',
    section: 'Data',
    placeholder: 'PATH',
  }),
  test: path.optional().meta({
    description: 'its test texts; without --valid and --test another tenth of --data',
    section: 'Data',
    placeholder: 'PATH',
  }),
  ...columns,
  ...dataFlags,
};

/** How texts are read, and what is known of them outright. */
export const readerFlags = {
  foldCase: z.boolean().default(true).meta({ description: 'read capitals as small letters', section: 'Reading' }),
  minCount: size.default(1).meta({ description: 'how often a word must occur to be known', section: 'Reading' }),
  maxTokens: size.default(400).meta({
    description:
      'how much of a text the network reads: of a longer one the first quarter of so many, and the last three',
    unit: 'tokens',
    section: 'Reading',
  }),
  lexicon: z.boolean().default(true).meta({
    description: 'give the network and the bag of words what AFINN says of each word (English)',
    section: 'Reading',
  }),
  bagOfWords: z.boolean().default(true).meta({
    description: 'let a bag of words have its say in the verdict, beside the network',
    section: 'Bag of words',
  }),
  evidence: z.boolean().default(false).meta({
    description: 'let the network see what a bag of words learnt from other texts holds of each word',
    section: 'Bag of words',
  }),
  bagCharacters: z.boolean().default(true).meta({
    description: 'whether it sees the parts of words, beside words and pairs of words',
    section: 'Bag of words',
  }),
  bagMinTexts: size
    .default(1)
    .meta({ description: 'in how many texts what it sees must occur', section: 'Bag of words' }),
  bagPenalty: z
    .number()
    .positive()
    .default(20)
    .meta({ description: 'how strongly its weights are held small', section: 'Bag of words' }),
};

const networkFlags = {
  cell: z
    .enum(['rnn', 'gru', 'lstm'])
    .default('lstm')
    .meta({ description: 'which recurrent cell', section: 'Network' }),
  hidden: size
    .default(48)
    .meta({ description: 'numbers of each hidden state, in each direction', section: 'Network' }),
  layers: z.int().min(1).max(16).default(1).meta({ description: 'recurrent layers', section: 'Network' }),
  bidirectional: z.boolean().default(true).meta({ description: 'read forwards and backwards', section: 'Network' }),
  pooling: z.enum(POOLINGS).default('max-mean').meta({
    description: 'how what was read becomes one vector',
    section: 'Network',
  }),
  convolution: z.int().min(0).max(65_536).default(0).meta({
    description: 'channels of a convolution over three words in front of the recurrent layers; 0 for none',
    section: 'Network',
  }),
  embedding: size.default(64).meta({ description: 'numbers of each word', section: 'Network' }),
  parts: z.int().min(0).max(16_777_216).default(20_000).meta({
    description:
      'into how many buckets the parts of words are hashed, whose vectors are added to the words’; 0 for none',
    section: 'Network',
  }),
  vectors: path.optional().meta({
    description: 'word vectors to begin from, in GloVe or word2vec text format; as wide as --embedding',
    placeholder: 'PATH',
    section: 'Network',
  }),
  freezeVectors: z.boolean().default(false).meta({ description: 'keep them as they are', section: 'Network' }),
  members: z.int().min(1).max(64).default(1).meta({
    description: 'how many networks are trained side by side and averaged',
    section: 'Network',
  }),
};

const regularizationFlags = {
  dropoutInput: share
    .default(0.4)
    .meta({ description: 'share dropped of what a word is read as', section: 'Dropout' }),
  dropout: share
    .default(0.5)
    .meta({ description: 'share dropped between layers and before the verdict', section: 'Dropout' }),
  wordDropout: share.default(0.1).meta({
    description: 'share of words read as unknown, so that the unknown is learnt too',
    section: 'Dropout',
  }),
  labelSmoothing: share.default(0.1).meta({
    description: 'share of certainty that is spread over all classes',
    section: 'Optimisation',
  }),
  classWeights: z.enum(['none', 'balanced']).default('none').meta({
    description: 'whether rare classes count for more, so that all count the same',
    section: 'Optimisation',
  }),
  batch: size.default(50).meta({ description: 'texts of a step', section: 'Optimisation' }),
};

export const trainSchema = z.object({
  preset: z
    .string()
    .default('sentences')
    .meta({ description: 'settings to begin from', section: 'Data', placeholder: 'NAME' }),
  ...corpusFlags,
  ...readerFlags,
  ...networkFlags,
  ...regularizationFlags,
  ...optimizationFlags,
  optimizer: optimizationFlags.optimizer.default('adamw'),
  weightDecay: optimizationFlags.weightDecay.default(0.01),
  warmupRatio: optimizationFlags.warmupRatio.default(0.05),
  ...trainingFlags,
});

export type TrainConfig = z.output<typeof trainSchema>;

export const trainSources = {
  schema: trainSchema,
  presets: new URL('../presets/', import.meta.url),
  exclusive: [...trainingExclusive, ['dataset', 'data']],
};

/** A model on disk, as every command but those that train takes it. */
const modelFlags = {
  dir: path.meta({ description: 'the folder of a run', argument: 'DIR', once: true }),
  checkpoint: z.enum(['best', 'last']).default('best').meta({
    description: 'which weights: of the best validation, or of the last step saved',
    section: 'Model',
  }),
};

export const evaluateSchema = z.object({
  ...modelFlags,
  data: path.optional().meta({
    description: 'labelled texts to evaluate on; by default what the run held out',
    placeholder: 'PATH',
    section: 'Data',
  }),
  split: z
    .enum(['valid', 'test'])
    .default('test')
    .meta({ description: 'which held-out texts of the run', section: 'Data' }),
  textColumn: columns.textColumn.optional(),
  labelColumn: columns.labelColumn.optional(),
  baselines: z.boolean().default(true).meta({
    description: 'judge the same texts by the lexicon and by bags of words trained on the same texts',
    section: 'Data',
  }),
  ...dataFlags,
  ...backendFlags,
  ...outputFlags,
});

export type EvaluateConfig = z.output<typeof evaluateSchema>;

export const predictSchema = z.object({
  ...modelFlags,
  texts: z.array(z.string()).default([]).meta({ description: 'texts to judge', argument: 'TEXT' }),
  data: path.optional().meta({
    description: 'texts to judge instead, one record each: CSV, TSV or JSONL, - for standard input',
    placeholder: 'PATH',
    section: 'Data',
  }),
  textColumn: columns.textColumn,
  format: z.enum(['text', 'csv', 'tsv', 'jsonl']).optional().meta({
    description: 'what is read and written; by default what --data ends in, and one text a line otherwise',
    section: 'Data',
  }),
  ...backendFlags,
  ...outputFlags,
});

export type PredictConfig = z.output<typeof predictSchema>;

export const explainSchema = z.object({
  ...modelFlags,
  texts: z.array(z.string()).min(1).meta({ description: 'texts to explain', argument: 'TEXT' }),
  ...backendFlags,
  ...outputFlags,
});

export type ExplainConfig = z.output<typeof explainSchema>;

export const tokensSchema = z.object({
  texts: z.array(z.string()).min(1).meta({ description: 'texts to take apart', argument: 'TEXT' }),
  model: path.optional().meta({
    description: 'the folder of a run, to see which words it knows',
    placeholder: 'DIR',
    section: 'Model',
  }),
  foldCase: readerFlags.foldCase,
  ...outputFlags,
});

export type TokensConfig = z.output<typeof tokensSchema>;

const { out: _out, resume: _resume, ...unsaved } = trainSchema.shape;
const { valid: _valid, test: _test, ...undivided } = unsaved;

export const crossValidateSources = {
  ...trainSources,
  schema: z.object({
    ...undivided,
    folds: z.int().min(2).max(100).default(5).meta({
      description: 'into how many parts the texts are divided',
      section: 'Length',
    }),
  }),
};

export type CrossValidateConfig = z.output<(typeof crossValidateSources)['schema']>;

export const ablateSources = {
  ...trainSources,
  schema: z.object({
    ...unsaved,
    seeds: z.int().min(1).max(1000).default(3).meta({
      description: 'how many seeds, from --seed on: mean and spread',
      section: 'Length',
    }),
  }),
};

export type AblateConfig = z.output<(typeof ablateSources)['schema']>;

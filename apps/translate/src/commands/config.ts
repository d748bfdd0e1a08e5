import {
  backendFlags,
  dataFlags,
  optimizationFlags,
  outputFlags,
  trainingExclusive,
  trainingFlags,
} from '@unroll/run';
import { z } from 'zod';
import { CELLS } from '../model/cell.ts';
import { DECODERS } from '../model/decoder.ts';
import { ATTENTIONS } from '../model/translation-model.ts';

const share = z.number().min(0).lt(1);
const width = z.int().min(1).max(16_384);

/** A model on disk, as every command but `train` takes it. */
const modelFlags = {
  dir: z.string().min(1).meta({ description: 'the folder of a run', argument: 'DIR', once: true }),
  checkpoint: z.enum(['best', 'last']).default('best').meta({
    description: 'which weights: of the best validation, or of the last step saved',
    section: 'Model',
  }),
};

/** Pairs of one's own, in one file or two. */
const pairFlags = {
  data: z.string().min(1).optional().meta({
    description: 'pairs of your own: a TSV file, source and target in its two columns, gzip allowed',
    section: 'Data',
    placeholder: 'PATH',
  }),
  source: z.string().min(1).optional().meta({
    description: 'or two files: the sentences, one a line',
    section: 'Data',
    placeholder: 'PATH',
  }),
  target: z.string().min(1).optional().meta({
    description: 'and their translations, line by line',
    section: 'Data',
    placeholder: 'PATH',
  }),
};

/** How translations are searched for. */
export const searchFlags = {
  beam: z.int().min(1).max(1000).default(5).meta({
    description: 'how many hypotheses of a sentence live at a time; 1 is greedy',
    section: 'Search',
  }),
  lengthNormalisation: z.number().min(0).max(10).default(1).meta({
    description: 'α: a translation of n tokens is ranked by its log-probability over ((5 + n) / 6)^α',
    section: 'Search',
  }),
  coveragePenalty: z.number().min(0).max(10).default(0).meta({
    description: 'β: how much is lost by leaving words of the source unread',
    section: 'Search',
  }),
  blockNgrams: z.int().min(0).max(100).default(0).meta({
    description: 'write no n-gram of this length twice; 0 allows all',
    section: 'Search',
  }),
  minLength: z.int().min(0).max(10_000).default(0).meta({
    description: 'the fewest tokens a translation may have',
    section: 'Search',
  }),
  maxLength: z.int().min(1).max(10_000).optional().meta({
    description: "the most it may have; by default 1.6 times the source's, and ten",
    section: 'Search',
  }),
  searchBatch: z.int().min(1).max(10_000).default(64).meta({
    description: 'how many sentences are translated at a time',
    section: 'Search',
  }),
};

export type SearchFlags = z.output<z.ZodObject<typeof searchFlags>>;

export const trainSchema = z.object({
  preset: z
    .string()
    .default('messages')
    .meta({ description: 'settings to begin from', section: 'Data', placeholder: 'NAME' }),
  dataset: z.string().optional().meta({ description: 'a named parallel text', section: 'Data', placeholder: 'NAME' }),
  ...pairFlags,
  valid: z.string().min(1).optional().meta({
    description: 'held-out pairs beside --data; by default one in twenty',
    section: 'Data',
    placeholder: 'PATH',
  }),
  validSource: z.string().min(1).optional().meta({
    description: 'held-out sentences beside --source; by default one in twenty',
    section: 'Data',
    placeholder: 'PATH',
  }),
  validTarget: z.string().min(1).optional().meta({
    description: 'and their translations',
    section: 'Data',
    placeholder: 'PATH',
  }),
  maxTokens: z.int().min(1).max(10_000).default(100).meta({
    description: 'pairs with more tokens on a side are left out of training',
    section: 'Data',
  }),
  maxRatio: z.number().min(1).max(1000).default(3).meta({
    description: 'pairs of which one side is this many times longer are left out too',
    section: 'Data',
  }),

  vocab: z.int().min(257).max(1_000_000).default(4000).meta({
    description: 'subwords of each language, learnt from the training text; of both together with --joint',
    section: 'Subwords',
  }),
  joint: z.boolean().default(false).meta({
    description: 'one set of subwords, and one embedding, for both languages',
    section: 'Subwords',
  }),
  bpeDropout: share.default(0).meta({
    description: 'share of merges left out at random each time a training sentence is read',
    section: 'Subwords',
  }),

  cell: z.enum(CELLS).default('gru').meta({ description: 'which recurrent cell', section: 'Model' }),
  embedding: width.default(256).meta({ description: 'numbers of each subword', section: 'Model' }),
  hidden: width.default(256).meta({ description: 'numbers of each direction of the encoder', section: 'Model' }),
  encoderLayers: z.int().min(1).max(16).default(1).meta({ description: 'layers of the encoder', section: 'Model' }),
  decoder: z.enum(DECODERS).default('interleaved').meta({
    description: 'attention between two layers (fast), or input feeding (Luong et al. 2015)',
    section: 'Model',
  }),
  decoderHidden: width.default(256).meta({ description: 'numbers of each layer of the decoder', section: 'Model' }),
  attention: z
    .enum(ATTENTIONS)
    .default('general')
    .meta({ description: 'how the decoder looks at the source', section: 'Model' }),
  tied: z
    .boolean()
    .default(true)
    .meta({ description: 'read and predict a subword with the same numbers', section: 'Model' }),

  dropout: share.default(0.2).meta({ description: 'share dropped of what each part hands on', section: 'Dropout' }),
  variational: z.boolean().default(true).meta({
    description: 'drop the same at all places of a sentence',
    section: 'Dropout',
  }),
  labelSmoothing: share.default(0.1).meta({
    description: 'share of the probability that is spread over all subwords in training',
    section: 'Dropout',
  }),

  batchTokens: z.int().min(1).max(1_000_000).default(1000).meta({
    description: 'about how many tokens of target a batch has',
    section: 'Batches',
  }),
  accumulate: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .meta({ description: 'how many batches make a step', section: 'Batches' }),

  ...optimizationFlags,
  ...searchFlags,
  ...trainingFlags,
});

export type TrainConfig = z.output<typeof trainSchema>;

export const trainSources = {
  schema: trainSchema,
  presets: new URL('../../presets/', import.meta.url),
  exclusive: [...trainingExclusive, ['dataset', 'data', 'source'], ['dataset', 'data', 'target']],
};

export const evaluateSchema = z.object({
  ...modelFlags,
  ...pairFlags,
  split: z.enum(['test', 'valid']).default('test').meta({
    description: 'which part of the data set the run learnt from, where no pairs of your own are given',
    section: 'Data',
  }),
  ...dataFlags,
  ...searchFlags,
  output: z.string().min(1).optional().meta({
    description: 'a file to write the translations to, one a line',
    section: 'Output',
    placeholder: 'PATH',
  }),
  ...backendFlags,
  ...outputFlags,
});

export type EvaluateConfig = z.output<typeof evaluateSchema>;

const textFlags = {
  text: z.array(z.string()).optional().meta({
    description: 'sentences; without any, and without --file, they are read from standard input, one a line',
    argument: 'TEXT…',
  }),
  file: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'a file of sentences, one a line', section: 'Input', placeholder: 'PATH' }),
};

export const translateSchema = z.object({
  ...modelFlags,
  ...textFlags,
  ...searchFlags,
  nBest: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .meta({ description: 'how many translations of each sentence, with their scores', section: 'Output' }),
  attention: z.boolean().default(false).meta({
    description: 'show which words the decoder looked at, as a heat map',
    section: 'Output',
  }),
  attentionHtml: z.string().min(1).optional().meta({
    description: 'a file to write the heat maps to, as a page that opens anywhere',
    section: 'Output',
    placeholder: 'PATH',
  }),
  attentionJson: z.string().min(1).optional().meta({
    description: 'a file to write them to as numbers',
    section: 'Output',
    placeholder: 'PATH',
  }),
  sample: z.int().min(0).max(10_000).default(0).meta({
    description: 'draw so many translations at random instead of searching for the best',
    section: 'Sampling',
  }),
  temperature: z
    .number()
    .positive()
    .max(100)
    .default(1)
    .meta({ description: 'how daring a drawn translation is', section: 'Sampling' }),
  topK: z
    .int()
    .min(0)
    .default(0)
    .meta({ description: 'draw among the k likeliest subwords; 0 for all', section: 'Sampling' }),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1)
    .meta({ description: 'the same seed draws the same', section: 'Sampling' }),
  ...backendFlags,
  ...outputFlags,
});

export type TranslateConfig = z.output<typeof translateSchema>;

export const scoreSchema = z.object({
  ...modelFlags,
  ...pairFlags,
  ...backendFlags,
  ...outputFlags,
});

export type ScoreConfig = z.output<typeof scoreSchema>;

export const tokensSchema = z.object({
  ...modelFlags,
  ...textFlags,
  side: z.enum(['source', 'target']).default('source').meta({ description: 'in whose subwords', section: 'Input' }),
  ...outputFlags,
});

export type TokensConfig = z.output<typeof tokensSchema>;

export const compareSchema = trainSchema.extend({
  attentions: z
    .array(z.enum(ATTENTIONS))
    .min(1)
    .default([...ATTENTIONS])
    .meta({
      description: 'which kinds of attention to train with, one after another',
      section: 'Model',
    }),
});

export type CompareConfig = z.output<typeof compareSchema>;

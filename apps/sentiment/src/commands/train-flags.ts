import { CELL_NAMES } from '@unroll/rnn-core';
import {
  fineTuningFlags,
  initialRequires,
  optimizationFlags,
  type Renamed,
  type Requirement,
  readRunRecord,
  trainingExclusive,
  trainingFlags,
} from '@unroll/run';
import { z } from 'zod';
import { checkLabelled } from '../data/labelled-texts.ts';
import { VECTORS_PACKAGE } from '../data/pretrained-vectors.ts';
import { POOLINGS } from '../model/pooling.ts';
import { FEATURES, NETWORK } from './chosen-settings.ts';
import { corpusFlags, path } from './corpus-flags.ts';
import { tokenizerFlags } from './tokenizer-flags.ts';
import { inherits } from './transfer.ts';

const probability = z.number().min(0).lt(1);
const size = z.int().min(1).max(65_536);

const bagFlags = {
  bagOfWords: z.boolean().default(true).meta({
    description: 'predict with the networks alone',
    section: 'Bag of words',
  }),
  nbFeatures: z.boolean().default(false).meta({
    description: 'give the networks the log odds of each word in a bag of words, out of fold in training',
    section: 'Bag of words',
  }),
  bagCharNgrams: z.boolean().default(true).meta({
    description: 'features are words and bigrams alone, without character n-grams',
    section: 'Bag of words',
  }),
  bagSkipBigrams: z.boolean().default(false).meta({
    description: 'features are pairs of words with one word between them too',
    section: 'Bag of words',
  }),
  bagEnding: z.int().min(0).max(65_536).default(0).meta({
    description: 'last tokens of a text whose words and bigrams become separate features too; 0 = none',
    section: 'Bag of words',
  }),
  bagNormalize: z.boolean().default(false).meta({
    description: 'divide the features of a text by the square root of their number',
    section: 'Bag of words',
  }),
  bagMinDf: size.default(1).meta({
    description: 'minimum document frequency: training texts that must contain a feature',
    section: 'Bag of words',
  }),
  bagL2: z
    .number()
    .positive()
    .default(20)
    .meta({ description: 'L2 penalty of the weights of the bag of words', section: 'Bag of words' }),
};

const networkFlags = {
  cell: z.enum(CELL_NAMES).default('lstm').meta({ description: 'recurrent cell', section: 'Network' }),
  hiddenSize: size.default(48).meta({ description: 'hidden units of each direction', section: 'Network' }),
  numLayers: z.int().min(1).max(16).default(1).meta({ description: 'recurrent layers', section: 'Network' }),
  bidirectional: z
    .boolean()
    .default(true)
    .meta({ description: 'run over the text forwards only', section: 'Network' }),
  pooling: z.enum(POOLINGS).default('max-mean').meta({
    description: 'how the outputs of all tokens become one vector',
    section: 'Network',
  }),
  convChannels: z.int().min(0).max(65_536).default(0).meta({
    description: 'output channels of a convolution over three tokens before the recurrent layers; 0 = none',
    section: 'Network',
  }),
  embeddingSize: size
    .default(64)
    .meta({ description: 'size of the word embeddings; with --vectors by default theirs', section: 'Network' }),
  charNgramBuckets: z.int().min(0).max(16_777_216).default(20_000).meta({
    description: 'hash buckets of character n-grams, whose embeddings are added to those of the words; 0 = none',
    section: 'Network',
  }),
  vectors: path.optional().meta({
    description: `pretrained word vectors: a file in GloVe or word2vec text format, or ${VECTORS_PACKAGE.name}, the npm package of English ones`,
    placeholder: 'FILE',
    section: 'Network',
  }),
  freezeVectors: z
    .boolean()
    .default(false)
    .meta({ description: 'keep the word embeddings as --vectors gives them', section: 'Network' }),
  ensembleSize: z.int().min(1).max(64).default(1).meta({
    description: 'networks trained side by side, whose logits are averaged',
    section: 'Network',
  }),
  mixedEnsemble: z.boolean().default(false).meta({
    description: 'every second network pools by attention and reads no log odds: unlike networks average better',
    section: 'Network',
  }),
};

const regularizationFlags = {
  embeddingDropout: probability
    .default(0.4)
    .meta({ description: 'dropout probability of the embeddings, one mask per text', section: 'Dropout' }),
  dropout: probability
    .default(0.5)
    .meta({ description: 'dropout probability between layers and before the output layer', section: 'Dropout' }),
  wordDropout: probability.default(0.1).meta({
    description: 'probability of replacing a word by the unknown word, which trains the embedding of that',
    section: 'Dropout',
  }),
  labelSmoothing: probability.default(0.1).meta({
    description: 'probability mass of each target that is spread evenly over all classes',
    section: 'Optimisation',
  }),
  classWeight: z.enum(['none', 'balanced']).default('none').meta({
    description: 'balanced = classes weighted inversely to their frequency',
    section: 'Optimisation',
  }),
  batchSize: size.default(50).meta({ description: 'texts per batch', section: 'Optimisation' }),
};

/** The flags of `train`. */
export const trainSchema = z.object({
  preset: z.string().default('sentences').meta({
    description: 'settings to start from (see Presets); other flags override them',
    section: 'Data',
    placeholder: 'NAME',
  }),
  ...corpusFlags,
  maxTexts: z.int().min(1).optional().meta({
    description:
      'train on at most N of the training texts, evenly spaced; by default all, or as many as --minutes has time for',
    section: 'Data',
  }),
  ...tokenizerFlags,
  ...bagFlags,
  ...networkFlags,
  ...regularizationFlags,
  ...fineTuningFlags('*.words.*'),
  ...optimizationFlags,
  optimizer: optimizationFlags.optimizer.default('adamw'),
  weightDecay: optimizationFlags.weightDecay.default(0.01),
  warmupRatio: optimizationFlags.warmupRatio.default(0.05),
  ...trainingFlags,
});

/** What the flags of `train` say. */
export type TrainConfig = z.output<typeof trainSchema>;

/** Earlier names of the flags. */
export const trainRenamed: Renamed = {
  noFoldCase: 'cased',
  maxTokens: 'maxLength',
  evidence: 'nbFeatures',
  bagCharacters: 'bagCharNgrams',
  bagMinTexts: 'bagMinDf',
  bagPenalty: 'bagL2',
  hidden: 'hiddenSize',
  layers: 'numLayers',
  embedding: 'embeddingSize',
  parts: 'charNgramBuckets',
  charNgrams: 'charNgramBuckets',
  convolution: 'convChannels',
  members: 'ensembleSize',
  dropoutInput: 'embeddingDropout',
  classWeights: 'classWeight',
  batch: 'batchSize',
};

const trainRequires: readonly Requirement<
  z.output<z.ZodObject<typeof corpusFlags & typeof bagFlags>> &
    Pick<TrainConfig, 'vectors' | 'freezeVectors' | 'ensembleSize' | 'mixedEnsemble' | 'pooling'> & {
      readonly resume?: string | undefined;
    }
>[] = [
  { flags: ['textColumn', 'labelColumn'], when: ({ data }) => data !== undefined, needs: '--data' },
  { flags: ['valid', 'test'], when: ({ data }) => data !== undefined, needs: '--data' },
  { flags: ['dataDir'], when: ({ dataset }) => dataset !== undefined, needs: '--dataset' },
  {
    flags: ['mixedEnsemble'],
    when: ({ ensembleSize }, chosen) => ensembleSize > 1 || chosen.has('ensembleSize'),
    needs: '--ensemble-size 2 or more',
  },
  {
    flags: ['mixedEnsemble'],
    when: ({ pooling, nbFeatures }, chosen) => pooling !== 'attention' || nbFeatures || chosen.has('nbFeatures'),
    needs: '--nb-features or another --pooling',
  },
  { flags: ['freezeVectors'], when: ({ vectors }) => vectors !== undefined, needs: '--vectors' },
  {
    flags: ['bagCharNgrams', 'bagSkipBigrams', 'bagEnding', 'bagNormalize', 'bagMinDf', 'bagL2'],
    when: ({ bagOfWords, nbFeatures }, chosen) => bagOfWords || nbFeatures || chosen.has('nbFeatures'),
    needs: '--bag-of-words or --nb-features',
  },
  {
    flags: ['vectors'], // a resumed run has its weights, but the file of one that had vectors may have moved
    when: ({ resume, freezeVectors }) => resume === undefined || freezeVectors || hadVectors(resume),
    needs: 'no --resume',
  },
];

const hadVectors = (run: string): boolean => readRunRecord(run, 'sentiment').config['vectors'] !== undefined;

/** Where the settings of a training come from, and which fit together. */
export const trainSources = {
  schema: trainSchema,
  presets: new URL('../../presets/', import.meta.url),
  exclusive: [...trainingExclusive, ['dataset', 'data'], ['vectors', 'initFrom']],
  chosenByMinutes: ['precision', 'maxTexts', ...FEATURES, ...NETWORK],
  inherits,
  renamed: trainRenamed,
  requires: [...trainRequires, ...initialRequires('sentiment', ['bagL2', 'bagNormalize'])],
  check: checkLabelled,
};

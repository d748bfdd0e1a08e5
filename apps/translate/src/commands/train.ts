import { cardSource } from '@unroll/datasets';
import { CELL_NAMES, ConfigError } from '@unroll/rnn-core';
import {
  type Context,
  command,
  count,
  countDistinct,
  type FinishedRun,
  fineTuningFlags,
  initialRequires,
  optimizationFlags,
  type Requirement,
  runTraining,
  shellQuoted,
  trainingExclusive,
  trainingFlags,
} from '@unroll/run';
import { evenlySpaced } from '@unroll/text';
import { z } from 'zod';
import { encodeCorpus } from '../data/encoded-corpus.ts';
import { checkParallel, type Pair, parallelFiles, readParallel } from '../data/pairs.ts';
import { type Evaluation, evaluate } from '../evaluation.ts';
import { DECODERS } from '../model/decoder.ts';
import { ATTENTIONS } from '../model/model-config.ts';
import { MOST_EPOCHS } from '../training/minutes-rule.ts';
import { modelConfig, stepsPerEpoch, TranslationTask } from '../training/translation-task.ts';
import { Translator } from '../translator.ts';
import { chosenNetwork, chosenPairs, chosenSubwords, NETWORK, SUBWORDS } from './chosen-settings.ts';
import { corpusFlags } from './corpus-flags.ts';
import { evaluationJson, evaluationTable } from './evaluation-table.ts';
import {
  checkLengths,
  type SearchFlags,
  searchFlags,
  searchOptions,
  searchRenamed,
  searchRequires,
} from './search-flags.ts';
import { tokenize } from './tokenize-flag.ts';
import { inherits, keptTokenizer, transferFrom } from './transfer.ts';

const probability = z.number().min(0).lt(1);
const size = z.int().min(1).max(16_384);

export const trainSchema = z.object({
  preset: z.string().default('messages').meta({
    description: 'settings to start from (see Presets); other flags override them',
    section: 'Data',
    placeholder: 'NAME',
  }),
  ...corpusFlags,
  maxPairs: z.int().min(1).optional().meta({
    description:
      'train on at most N of the training pairs, evenly spaced; by default all, or as many as are read with --minutes',
    section: 'Data',
  }),
  maxPairLength: z.int().min(1).max(10_000).default(100).meta({
    description: 'leave out training pairs where a side has more tokens',
    section: 'Data',
  }),
  maxLengthRatio: z.number().min(1).max(1000).default(3).meta({
    description:
      'leave out training pairs where one side has more than this many times the tokens of the other, plus 10',
    section: 'Data',
  }),

  vocabSize: z.int().min(257).max(1_000_000).default(4000).meta({
    description: 'BPE subwords of each language; with --joint-vocab, of both together',
    section: 'Subwords',
  }),
  jointVocab: z.boolean().default(false).meta({
    description: 'one vocabulary and one embedding for both languages',
    section: 'Subwords',
  }),
  bpeDropout: probability.default(0).meta({
    description: 'probability of skipping a BPE merge in training, as in Provilkov et al. 2020',
    section: 'Subwords',
  }),

  cell: z.enum(CELL_NAMES).default('gru').meta({ description: 'recurrent cell', section: 'Model' }),
  embeddingSize: size.default(256).meta({ description: 'size of the subword embeddings', section: 'Model' }),
  hiddenSize: size
    .default(256)
    .meta({ description: 'hidden units of each direction of the encoder', section: 'Model' }),
  numLayers: z.int().min(1).max(16).default(1).meta({ description: 'layers of the encoder', section: 'Model' }),
  decoder: z.enum(DECODERS).default('interleaved').meta({
    description:
      'interleaved = attention between two recurrent layers, faster; input-feeding = as in Luong et al. 2015',
    section: 'Model',
  }),
  decoderHiddenSize: size
    .default(256)
    .meta({ description: 'hidden units of each layer of the decoder', section: 'Model' }),
  attention: z.enum(ATTENTIONS).default('general').meta({
    description:
      'attention score of query q and memory m: general = q·W·m, additive = v·tanh(W·q + U·m), dot = q·m, with --decoder-hidden-size twice --hidden-size',
    section: 'Model',
  }),
  ensembleSize: z.int().min(1).max(64).default(1).meta({
    description: 'networks trained side by side, whose logits are averaged',
    section: 'Model',
  }),
  tieWeights: z.boolean().default(true).meta({
    description: 'train weights for the output layer instead of using those of the target embedding',
    section: 'Model',
  }),

  dropout: probability.default(0.2).meta({
    description: 'dropout probability of the embeddings and of the output of each layer',
    section: 'Regularisation',
  }),
  variationalDropout: z.boolean().default(true).meta({
    description: 'sample a dropout mask at each position instead of one per sentence',
    section: 'Regularisation',
  }),
  labelSmoothing: probability.default(0.1).meta({
    description: 'probability spread evenly over all subwords in the training loss',
    section: 'Regularisation',
  }),

  batchTokens: z.int().min(1).max(1_000_000).default(1000).meta({
    description: 'target tokens per batch, padding included',
    section: 'Batches',
  }),
  gradientAccumulationSteps: z.int().min(1).max(1000).default(1).meta({
    description: 'batches whose gradients make one optimiser step',
    section: 'Batches',
  }),

  ...fineTuningFlags('encoder.*'),
  ...optimizationFlags,
  ...searchFlags,
  tokenize,
  ...trainingFlags,
});

export type TrainConfig = z.output<typeof trainSchema>;

export const trainSources = {
  schema: trainSchema,
  presets: new URL('../../presets/', import.meta.url),
  exclusive: [...trainingExclusive, ['dataset', 'data', 'source'], ['dataset', 'data', 'target']],
  inherits,
  chosenByMinutes: ['precision', 'maxPairs', ...SUBWORDS, ...NETWORK],
  renamed: {
    ...searchRenamed,
    maxTokens: 'maxPairLength',
    maxRatio: 'maxLengthRatio',
    vocab: 'vocabSize',
    joint: 'jointVocab',
    embedding: 'embeddingSize',
    hidden: 'hiddenSize',
    encoderLayers: 'numLayers',
    decoderHidden: 'decoderHiddenSize',
    tied: 'tieWeights',
    variational: 'variationalDropout',
    accumulate: 'gradientAccumulationSteps',
  },
  check: (config: TrainConfig) => {
    checkDataAndSearch(config);
    const { attention, decoderHiddenSize, hiddenSize, resume } = config;
    if (resume === undefined && attention === 'dot' && decoderHiddenSize !== 2 * hiddenSize)
      throw new ConfigError(
        `--decoder-hidden-size must be ${2 * hiddenSize}, twice --hidden-size, with --attention dot, got ${decoderHiddenSize}`,
      );
  },
};

/** Refuses settings that contradict each other, whichever attention there is. */
export function checkDataAndSearch(config: Omit<TrainConfig, 'attention'>): void {
  checkParallel(config);
  checkLengths(config);
}

/** Flags of training that have an effect only beside others. */
export const trainRequires: readonly Requirement<
  SearchFlags & Pick<TrainConfig, 'dataset' | 'dataDir' | 'dropout' | 'variationalDropout'>
>[] = [
  ...searchRequires,
  { flags: ['dataDir'], when: ({ dataset }) => dataset !== undefined, needs: '--dataset' },
  {
    flags: ['variationalDropout'],
    when: ({ dropout }, chosen) => dropout > 0 || chosen.has('dropout'),
    needs: '--dropout above 0',
  },
];

/** Of a training with one kind of attention. */
export const attentionRequires: readonly Requirement<Pick<TrainConfig, 'attention' | 'coveragePenalty'>>[] = [
  {
    flags: ['coveragePenalty'],
    when: ({ attention }) => attention !== 'none',
    needs: '--attention general, dot or additive',
  },
];

const SHOWN_PAIRS = 8; // of them TensorBoard shows the translation

/** A cell of a table in Markdown. */
const cell = (text = ''): string => text.replaceAll('|', '\\|');

const SAMPLED_PAIRS = 16; // one of so many is translated, to measure how long the final evaluation will take

/** The evaluation of a run, and of which part of the pairs. */
export interface HeldOutEvaluation extends Evaluation {
  readonly split: string;
}

/**
 * `train`: from raw parallel text to a run folder and the BLEU on held-out pairs.
 *
 * @param unset the settings that `--minutes` may choose; by default none
 */
export async function trainTranslator(
  given: TrainConfig,
  context: Context,
  unset: ReadonlySet<string> = new Set(),
): Promise<FinishedRun<HeldOutEvaluation>> {
  const say = (line: string): void => void context.err.write(`${line}\n`);
  const finished = await runTraining({
    app: 'translate',
    config: given,
    context,
    unset,
    prepare: async (origin, { backend, budget }) => {
      const parallel = await readParallel({ ...given, say });
      const kept = keptTokenizer(given, origin);
      const encode = (train: readonly Pair[], sayLeftOut = say) => {
        const subwords = budget && chosenSubwords(given, unset, train);
        return {
          subwords,
          corpus: encodeCorpus({ ...parallel, train }, { ...given, ...subwords }, sayLeftOut, kept),
        };
      };
      const speed = { config: given, unset, backend };
      const maxPairs =
        budget &&
        (await chosenPairs({
          ...speed,
          pairs: parallel.train,
          encode: (some) => encode(some, () => {}).corpus,
          budget,
        }));
      const used = maxPairs ?? given.maxPairs ?? parallel.train.length;
      const { subwords, corpus } = encode(evenlySpaced(parallel.train, used));
      const network = budget && (await chosenNetwork({ ...speed, corpus, maxPairs, budget, say }));
      const chosen = { ...(maxPairs !== undefined && { maxPairs }), ...subwords, ...network };
      const config = { ...given, ...chosen };
      const { tokenizer } = corpus;
      const { split, pairs } = corpus.heldOut;
      const sample = pairs.filter((_, k) => k % SAMPLED_PAIRS === 0);
      const search = { ...searchOptions(config), bleuTokenizer: config.tokenize };
      return {
        chosen,
        mostEpochs: network && Object.keys(network).length > 0 ? MOST_EPOCHS : undefined,
        data: { name: corpus.name, files: parallelFiles(config) },
        architecture: 'TranslationModel',
        model: { ...modelConfig(config, tokenizer) },
        tokenizer: tokenizer.toJson(),
        transfer: origin && transferFrom(origin, tokenizer),
        card: { ...CARD, source: cardSource({ dataset: config.dataset, data: config.data ?? config.source }) },
        unit: 'tokens',
        metrics: [
          { key: 'loss', label: 'loss', unit: 'nats/token' },
          { key: 'validLoss', label: 'valid', unit: 'nats/token' },
        ],
        stepsPerEpoch: stepsPerEpoch(config, corpus),
        createTask: (backend, steps) => new TranslationTask(config, corpus, backend, steps),
        describe: ({ model }) =>
          `${count(model.parameterCount)} parameters, ${countDistinct(
            corpus.train.map(({ pair }) => `${pair.source}\t${pair.target}`),
            'training pairs',
          )} of ${corpus.name}`,
        evaluate: async ({ model }, backend) => {
          const evaluation = await evaluate(new Translator({ model, tokenizer, backend }), pairs, search);
          return { evaluation: { ...evaluation, split }, result: evaluationJson(split, evaluation) };
        },
        sampleText: async ({ model }, backend) => {
          const shown = pairs.slice(0, SHOWN_PAIRS);
          const sources = shown.map(({ source }) => source);
          const found = await new Translator({ model, tokenizer, backend }).translate(sources, searchOptions(config));
          const rows = shown.map(
            ({ source, target }, k) => `| ${[source, found[k], target].map((text) => cell(text)).join(' | ')} |`,
          );
          return ['| source | translation | reference |', '|---|---|---|', ...rows].join('\n');
        },
        sampleEvaluation: ({ model }, backend) => ({
          run: () => evaluate(new Translator({ model, tokenizer, backend }), sample, search),
          fraction: 1 / SAMPLED_PAIRS,
        }),
      };
    },
  });
  const { evaluation } = finished;
  context.out.write(`${evaluationTable(evaluation.split, evaluation, given.beamSize)}\n`);
  return finished;
}

export const trainCommand = command({
  ...trainSources,
  requires: [...trainRequires, ...attentionRequires, ...initialRequires('translate', SUBWORDS)],
  run: async (config, context, unset) => {
    const { run, result } = await trainTranslator(config, context, unset);
    const next = `${context.invocation} translate ${shellQuoted(run)}`;
    context.out.write(`The run is in ${run}. Translate with:\n  ${next} 'A sentence.'\n`);
    return result;
  },
});

const CARD = {
  task: 'translation',
  summary: 'A sequence-to-sequence model with attention that translates sentences.',
  intendedUse: 'To translate sentences like those it was trained on.',
  limits:
    'Longer texts, other subjects and names are translated badly; a translation can be fluent and wrong. Each sentence is translated without the others.',
  metrics: { 'bleu.score': 'BLEU', 'chrf2.score': 'chrF2', exactMatch: 'exact match' },
  splitFlag: '--split',
} as const;

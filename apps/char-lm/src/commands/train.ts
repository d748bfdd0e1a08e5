import { cardSource, checkCorpus } from '@unroll/datasets';
import { CELL_NAMES, ConfigError, DataError, hasRecurrentWeights, Rng } from '@unroll/rnn-core';
import {
  type CommandOptions,
  type Context,
  command,
  count,
  type FinishedRun,
  fineTuningFlags,
  type JsonObject,
  optimizationFlags,
  runTraining,
  shellQuoted,
  trainingExclusive,
  trainingFlags,
} from '@unroll/run';
import { z } from 'zod';
import { evaluateHeldOut, type HeldOutScore } from '../evaluation/held-out.ts';
import { negativeLogLikelihoods } from '../evaluation/likelihood.ts';
import { GENERATE_DEFAULTS, generate } from '../generation/generate.ts';
import { networksInShort } from '../model/networks-in-short.ts';
import { type EncodedCorpus, UNITS } from '../tokenizer.ts';
import { BpttSchedule } from '../training/bptt-schedule.ts';
import { CharLmTask, modelConfig } from '../training/char-lm-task.ts';
import { mostEpochs } from '../training/minutes-rule.ts';
import { CHOOSABLE, type Choice, chosenSettings } from './chosen-settings.ts';
import { corpusFlags } from './corpus-flags.ts';
import { corpusFiles, readEncodedCorpus } from './encoded-corpus.ts';
import { heldOutJson, heldOutTable } from './score-table.ts';
import { inherits, transferFrom } from './transfer.ts';

const probability = z.number().min(0).lt(1).default(0);
const size = z.int().min(1).max(16_384);

export const trainSchema = z.object({
  preset: z.string().optional().meta({
    description: 'settings to start from (see Presets); other flags override them',
    section: 'Data',
    placeholder: 'NAME',
  }),
  ...corpusFlags,

  cell: z.enum(CELL_NAMES).default('lstm').meta({ description: 'recurrent cell', section: 'Model' }),
  hiddenSize: size.default(128).meta({ description: 'hidden units of each layer', section: 'Model' }),
  numLayers: z.int().min(1).max(16).default(1).meta({ description: 'recurrent layers', section: 'Model' }),
  embeddingSize: size.default(64).meta({ description: 'size of the character embeddings', section: 'Model' }),
  tieWeights: z.boolean().default(false).meta({
    description: 'use the embedding table as output layer, too; needs --embedding-size equal to --hidden-size',
    section: 'Model',
  }),
  layerNorm: z.boolean().default(false).meta({
    description: 'layer normalisation of the output of each layer',
    section: 'Model',
  }),
  block: z.boolean().default(false).meta({
    description:
      'pre-norm residual blocks of convolution and gated cell, as mingru, minlstm and sru need; needs --embedding-size equal to --hidden-size',
    section: 'Model',
  }),

  ensembleSize: z.int().min(1).max(16).default(1).meta({
    description:
      'networks trained side by side, whose logits are averaged; every second one is a minGRU in three blocks of half the hidden units, or with --block like the first',
    section: 'Model',
  }),

  embeddingDropout: probability.meta({ description: 'dropout probability of the embeddings', section: 'Dropout' }),
  dropout: probability.meta({ description: 'dropout probability of the output of each layer', section: 'Dropout' }),
  weightDropout: probability.meta({
    description: 'dropout probability of the recurrent weights (AWD-LSTM), one mask per step for all time steps',
    section: 'Dropout',
  }),
  variationalDropout: z.boolean().default(false).meta({
    description: 'one dropout mask for all time steps of a batch, for --dropout and --embedding-dropout',
    section: 'Dropout',
  }),

  batchSize: z.int().min(1).max(65_536).default(64).meta({
    description: 'sequences per batch: streams that read the text in parallel',
    section: 'Back-propagation through time',
  }),
  bptt: z.int().min(1).max(65_536).default(32).meta({
    description: 'time steps through which gradients are propagated back, one per --unit',
    section: 'Back-propagation through time',
  }),
  bpttGrowth: z
    .array(z.number().gt(0).lt(1))
    .default([])
    .refine((all) => all.every((fraction, k) => k === 0 || fraction > (all[k - 1] ?? 0)), 'in ascending order')
    .meta({
      description: 'fractions of the training at which --bptt doubles, ascending: 0.35,0.7',
      placeholder: 'N,…',
      section: 'Back-propagation through time',
    }),

  ...fineTuningFlags('embedding.*'),
  ...optimizationFlags,
  ...trainingFlags,
});

export type TrainConfig = z.output<typeof trainSchema>;

/** The settings of a training besides its flags. */
export const trainSources = {
  schema: trainSchema,
  presets: new URL('../../presets/', import.meta.url),
  exclusive: [...trainingExclusive, ['dataset', 'data']],
  chosenByMinutes: [...CHOOSABLE, 'precision'],
  inherits,
  renamed: {
    hidden: 'hiddenSize',
    layers: 'numLayers',
    embedding: 'embeddingSize',
    tied: 'tieWeights',
    dropoutInput: 'embeddingDropout',
    dropConnect: 'weightDropout',
    variational: 'variationalDropout',
    batch: 'batchSize',
    window: 'bptt',
    grow: 'bpttGrowth',
  },
  requires: [
    {
      flags: ['variationalDropout'],
      when: ({ dropout, embeddingDropout }, chosen) => dropout > 0 || embeddingDropout > 0 || chosen.has('dropout'),
      needs: '--dropout or --embedding-dropout above 0',
    },
    {
      flags: ['weightDropout'],
      when: ({ cell }) => hasRecurrentWeights(cell),
      needs: '--cell rnn, gru, lstm or slstm',
    },
    {
      flags: ['layerNorm'],
      when: ({ block }) => !block,
      needs: 'layers without --block, whose inputs are normalised',
    },
    { flags: ['dataDir'], when: ({ dataset }) => dataset !== undefined, needs: '--dataset' },
    { flags: ['valid', 'maxCharacters'], when: ({ data }) => data !== undefined, needs: '--data' },
  ],
  check: (config, unset) => {
    checkCorpus(config);
    const { tieWeights, block, embeddingSize, hiddenSize, minutes, resume } = config;
    const isChosen = minutes !== undefined && (unset.has('embeddingSize') || unset.has('hiddenSize'));
    const isNew = resume === undefined; // the sizes of a run are those it has
    if (isNew && (tieWeights || block) && embeddingSize !== hiddenSize && !isChosen)
      throw new ConfigError(
        `--embedding-size must equal --hidden-size ${hiddenSize} with ${block ? '--block' : '--tie-weights'}, got ${embeddingSize}`,
      );
  },
} satisfies Omit<CommandOptions<typeof trainSchema>, 'run'>;

/** `train`. */
export const trainCommand = command({ ...trainSources, run: trainAndPrint });

async function trainAndPrint(config: TrainConfig, context: Context, unset: ReadonlySet<string>): Promise<JsonObject> {
  const { run, evaluation, result } = await trainCharLm(config, context, unset);
  const sample = `${context.invocation} sample ${shellQuoted(run)}`;
  context.out.write(
    `${heldOutTable(evaluation, config.unit)}\nThe run is in ${run}. Sample from it with:\n  ${sample}\n`,
  );
  return result;
}

/**
 * Trains from a text to a run folder and its score on the held-out text.
 *
 * @param unset the settings that `--minutes` may choose
 */
export function trainCharLm(
  given: TrainConfig,
  context: Context,
  unset: ReadonlySet<string>,
): Promise<FinishedRun<HeldOutScore>> {
  const say = (line: string): void => void context.err.write(`${line}\n`);
  return runTraining({
    app: 'char-lm',
    config: given,
    context,
    unset,
    prepare: async (origin, { backend, budget }) => {
      const read = (maxCharacters = given.maxCharacters) => readEncodedCorpus({ ...given, maxCharacters, say });
      const { corpus, chosen }: Choice = budget
        ? await chosenSettings({ config: given, unset, read, backend, budget, say })
        : { corpus: await read() };
      const config = { ...given, ...chosen };
      checkLength(config, corpus);
      const unit = UNITS[corpus.vocabulary.unit];
      const sample = corpus.valid.encoded.ids.subarray(0, SAMPLED_CHARACTERS);
      const characters = corpus.heldOut.reduce((sum, { encoded }) => sum + encoded.ids.length, 0);
      return {
        data: { name: corpus.name, files: corpusFiles(config) },
        architecture: 'CharLmModel',
        ...(chosen && { chosen, mostEpochs: mostEpochs(config, corpus.train.length) }),
        model: modelConfig(config, corpus),
        tokenizer: { ...corpus.vocabulary.toJSON() },
        transfer: origin && transferFrom(origin, corpus.vocabulary),
        card: { ...CARD, source: cardSource(config) },
        unit: unit.many,
        metrics: [
          { key: 'loss', label: 'loss', unit: `bits/${unit.one}`, factor: Math.LOG2E },
          { key: 'validBitsPerCharacter', label: 'valid', unit: 'bits/character' },
        ],
        stepsPerEpoch: stepsPerEpoch(config, corpus),
        createTask: (backend, steps) => new CharLmTask(config, corpus, backend, steps),
        describe: ({ model }) =>
          `${networksInShort(model)}, ${count(model.parameterCount)} parameters, ${count(corpus.train.length)} ${unit.many} of ${corpus.name}`,
        evaluate: async ({ model }, backend) => {
          const score = await evaluateHeldOut(model, backend, corpus);
          return { evaluation: score, result: heldOutJson(score) };
        },
        sampleText: ({ model }, backend) => {
          const options = { ...GENERATE_DEFAULTS, maxLength: 300, rng: Rng.seeded(config.seed) };
          const text = generate({ model, vocabulary: corpus.vocabulary, backend }, options);
          return asCode([...text].map((character) => character.text).join(''));
        },
        sampleEvaluation: ({ model }, backend) => ({
          run: () => negativeLogLikelihoods(model, backend, sample, { context: corpus.train.slice(-1) }),
          fraction: sample.length / characters,
        }),
      };
    },
  });
}

/** A block of code in Markdown, which shows every line and space. */
const asCode = (text: string): string => text.replaceAll(/^/gm, '    ');

const SAMPLED_CHARACTERS = 2048; // of the final evaluation, to measure how long it will take

/** @throws DataError when the training text is shorter than one batch */
function checkLength(
  { batchSize, bptt, data, dataset = '' }: TrainConfig,
  { train, vocabulary }: EncodedCorpus,
): void {
  const least = batchSize * bptt + 1;
  if (train.length < least)
    throw new DataError(
      `${data ?? dataset}: must have at least --batch-size × --bptt + 1 = ${count(least)} ${UNITS[vocabulary.unit].many} to train on, got ${count(train.length)}; use a longer text, or a smaller --batch-size or --bptt`,
    );
}

/** How many steps read the training text once. */
function stepsPerEpoch(config: TrainConfig, { train }: EncodedCorpus): number {
  return new BpttSchedule({ ...config, steps: 10_000 }).stepsFor(Math.floor((train.length - 1) / config.batchSize));
}

const CARD = {
  task: 'text-generation',
  summary: 'A character language model: it predicts the next character of a text.',
  intendedUse: 'To generate text in the style of the training text, and to score how probable a text is under it.',
  limits:
    'It knows the characters and the style of its training text alone, states no facts, and repeats what is offensive or private in that text.',
  metrics: { bitsPerCharacter: 'bits per character', perplexity: 'perplexity' },
} as const;

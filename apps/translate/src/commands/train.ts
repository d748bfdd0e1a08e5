import { loadWeights } from '@unroll/rnn-core';
import {
  type Context,
  command,
  count,
  type JsonObject,
  openBackend,
  optimizationFlags,
  plannedSteps,
  type Requirement,
  Run,
  stepsDone,
  train,
  trainingExclusive,
  trainingFlags,
} from '@unroll/run';
import { z } from 'zod';
import { readEncodedCorpus } from '../data/encoded-corpus.ts';
import { type Evaluation, evaluate } from '../evaluation.ts';
import { CELLS } from '../model/cell.ts';
import { DECODERS } from '../model/decoder.ts';
import { ATTENTIONS } from '../model/model-config.ts';
import { modelConfig, stepsPerEpoch, TranslationTask } from '../training/translation-task.ts';
import { Translator } from '../translator.ts';
import { evaluationJson, evaluationTable } from './evaluation-table.ts';
import { pairFlags } from './pair-flags.ts';
import { type SearchFlags, searchFlags, searchOptions, searchRenamed, searchRequires } from './search-flags.ts';

const probability = z.number().min(0).lt(1);
const size = z.int().min(1).max(16_384);

export const trainSchema = z.object({
  preset: z
    .string()
    .default('messages')
    .meta({ description: 'preset of the settings', section: 'Data', placeholder: 'NAME' }),
  dataset: z.string().optional().meta({ description: 'named parallel text', section: 'Data', placeholder: 'NAME' }),
  ...pairFlags,
  valid: z.string().min(1).optional().meta({
    description: 'TSV file of validation pairs, for --data; by default 5 % of the pairs',
    section: 'Data',
    placeholder: 'PATH',
  }),
  validSource: z.string().min(1).optional().meta({
    description: 'file of validation sentences, for --source; by default 5 % of the pairs',
    section: 'Data',
    placeholder: 'PATH',
  }),
  validTarget: z.string().min(1).optional().meta({
    description: 'file of their translations, line by line',
    section: 'Data',
    placeholder: 'PATH',
  }),
  maxPairLength: z.int().min(1).max(10_000).default(100).meta({
    description: 'leave out training pairs with a longer side',
    unit: 'tokens',
    section: 'Data',
  }),
  maxLengthRatio: z.number().min(1).max(1000).default(3).meta({
    description:
      'leave out training pairs whose longer side has over this many times the tokens of the shorter, plus 10',
    section: 'Data',
  }),

  vocabSize: z.int().min(257).max(1_000_000).default(4000).meta({
    description: 'BPE subwords of each language; with --joint-vocab of both together',
    section: 'Subwords',
  }),
  jointVocab: z.boolean().default(false).meta({
    description: 'one vocabulary and one embedding for both languages',
    section: 'Subwords',
  }),
  bpeDropout: probability.default(0).meta({
    description:
      'BPE dropout: probability of skipping a merge, for other subwords of the same sentence in each epoch',
    section: 'Subwords',
  }),

  cell: z.enum(CELLS).default('gru').meta({ description: 'recurrent cell', section: 'Model' }),
  embeddingSize: size.default(256).meta({ description: 'embedding size', section: 'Model' }),
  hiddenSize: size
    .default(256)
    .meta({ description: 'hidden units of each direction of the encoder', section: 'Model' }),
  numLayers: z.int().min(1).max(16).default(1).meta({ description: 'layers of the encoder', section: 'Model' }),
  decoder: z.enum(DECODERS).default('interleaved').meta({
    description: 'attention between the two layers of the decoder (fast), or input feeding (Luong et al. 2015)',
    section: 'Model',
  }),
  decoderHiddenSize: size
    .default(256)
    .meta({ description: 'hidden units of each layer of the decoder', section: 'Model' }),
  attention: z.enum(ATTENTIONS).default('general').meta({
    description: 'score function of the attention; dot needs a --decoder-hidden-size of twice --hidden-size',
    section: 'Model',
  }),
  tieWeights: z.boolean().default(true).meta({
    description: 'give the output layer weights of its own instead of those of the target embedding',
    section: 'Model',
  }),

  dropout: probability.default(0.2).meta({
    description: 'dropout probability of the embeddings and of the output of each layer',
    section: 'Regularisation',
  }),
  variationalDropout: z.boolean().default(true).meta({
    description: 'draw a new dropout mask at each position instead of one per sentence',
    section: 'Regularisation',
  }),
  labelSmoothing: probability.default(0.1).meta({
    description: 'probability spread over all subwords in the training loss',
    section: 'Regularisation',
  }),

  batchTokens: z.int().min(1).max(1_000_000).default(1000).meta({
    description: 'target tokens of a batch, padding included',
    section: 'Batches',
  }),
  gradientAccumulationSteps: z.int().min(1).max(1000).default(1).meta({
    description: 'batches whose gradients make one optimiser step',
    section: 'Batches',
  }),

  ...optimizationFlags,
  ...searchFlags,
  ...trainingFlags,
});

export type TrainConfig = z.output<typeof trainSchema>;

export const trainSources = {
  schema: trainSchema,
  presets: new URL('../../presets/', import.meta.url),
  exclusive: [...trainingExclusive, ['dataset', 'data', 'source'], ['dataset', 'data', 'target']],
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
};

/** Flags of training that have an effect only beside others. */
export const trainRequires: readonly Requirement<
  SearchFlags & Pick<TrainConfig, 'dataset' | 'dataDir' | 'dropout' | 'variationalDropout'>
>[] = [
  ...searchRequires,
  { flags: ['dataDir'], when: ({ dataset }) => dataset !== undefined, needs: '--dataset' },
  { flags: ['variationalDropout'], when: ({ dropout }) => dropout > 0, needs: '--dropout above 0' },
];

/** Of a training with one kind of attention. */
export const attentionRequires: readonly Requirement<Pick<TrainConfig, 'attention' | 'coveragePenalty'>>[] = [
  {
    flags: ['coveragePenalty'],
    when: ({ attention }) => attention !== 'none',
    needs: '--attention general, dot or additive',
  },
];

const TRIAL_FRACTION = 1 / 16; // of the held-out pairs, to measure how long the final evaluation will take
const MIN_MINUTES = 0.01; // left for training when reading the pairs took all of --minutes

/** A finished training run. */
export interface Trained {
  /** Its folder. */
  readonly run: string;
  readonly evaluation: Evaluation;
  /** The lowest, in nats per token. */
  readonly validLoss: number;
  readonly parameters: number;
  readonly steps: number;
  readonly seconds: number;
  /** What `--json` prints. */
  readonly result: JsonObject;
}

/** `train`: from raw parallel text to a run folder and the BLEU on held-out pairs. */
export async function trainTranslator(
  config: TrainConfig,
  context: Context,
  whenTrained?: (translator: Translator, evaluation: Evaluation) => Promise<void>,
): Promise<Trained> {
  const say = (line: string): void => void context.err.write(`${line}\n`);
  const start = performance.now();
  const corpus = await readEncodedCorpus(config, say);
  using opened = await openBackend(config);
  const { backend, reason } = opened;
  say(reason);

  const { tokenizer } = corpus;
  const { split, pairs } = corpus.heldOut;
  const search = searchOptions(config);
  const build = (steps: number): TranslationTask => new TranslationTask(config, corpus, backend, steps);
  const translatorOf = ({ model }: TranslationTask): Translator => new Translator({ model, tokenizer, backend });
  const trialPairs = pairs.filter((_, k) => k % (1 / TRIAL_FRACTION) === 0);
  const minutes = config.minutes && Math.max(config.minutes - (performance.now() - start) / 60_000, MIN_MINUTES);
  const steps = await plannedSteps(
    { ...config, minutes },
    {
      done: stepsDone(config.resume, 'translate'),
      stepsPerEpoch: stepsPerEpoch(config, corpus),
      trial: build,
      finale: (trial) => ({
        run: async () => evaluate(translatorOf(trial), trialPairs, search),
        share: TRIAL_FRACTION,
      }),
    },
  );

  using run = Run.open({
    app: 'translate',
    context,
    out: config.out,
    resume: config.resume,
    data: corpus.name,
    config: { ...config, steps, epochs: undefined, minutes: undefined },
    model: { ...modelConfig(config, tokenizer) },
    tokenizer: tokenizer.toJson(),
    steps,
    unit: 'tokens',
    figures: [
      { key: 'loss', label: 'loss', unit: 'nats' },
      { key: 'validLoss', label: 'valid', unit: 'nats/token' },
    ],
  });
  using task = build(steps);
  run.describe({ parameters: task.model.parameterCount });
  run.say(
    `${count(task.model.parameterCount)} parameters, ${count(corpus.train.length)} training pairs of ${corpus.name}; the run is in ${run.folder.path}`,
  );
  const ending = await train(run, task, config);

  loadWeights(task.learner.parameters, run.folder.weights('best').tensors, run.folder.path);
  const translator = translatorOf(task);
  const evaluation = await evaluate(translator, pairs, { ...search, onBatch: async () => run.breathe() });
  const figures = {
    validLoss: ending.bestLoss,
    parameters: task.model.parameterCount,
    steps: ending.steps,
    seconds: run.seconds,
  };
  const result = {
    ...evaluationJson(split, evaluation),
    ...figures,
    stoppedEarly: ending.stoppedEarly,
    clippedShare: ending.clippedShare,
    tokensPerSecond: task.spent.tokens / Math.max(task.spent.seconds, 1e-9),
    backend: backend.name,
    run: run.folder.path,
  };
  run.finish(result);
  context.out.write(`${evaluationTable(split, evaluation, config.beamSize)}\n`);
  await whenTrained?.(translator, evaluation);
  return { run: run.folder.path, evaluation, ...figures, result };
}

export const trainCommand = command({
  summary: 'Trains a translation model on raw parallel text.',
  ...trainSources,
  requires: [...trainRequires, ...attentionRequires],
  run: async (config, context) => (await trainTranslator(config, context)).result,
});

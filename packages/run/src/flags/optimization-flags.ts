import { z } from 'zod';
import type { SharedRequirement } from '../cli/requirement.ts';
import { validationCount } from '../training/training-length.ts';

const section = 'Optimisation';
const LR_STEP_SIZE = 1000;
const rate = z.number().min(0).lt(1);

/** Optimiser, learning-rate schedule, clipping and validation: what every `train` understands besides its length. */
export const optimizationFlags = {
  optimizer: z.enum(['adam', 'adamw', 'muon', 'rmsprop', 'sgd']).default('adam').meta({
    description: 'optimiser; muon = orthogonalised momentum for hidden weights, adamw for the rest',
    section,
  }),
  lr: z.number().positive().default(0.002).meta({ description: 'peak learning rate', section }),
  muonLr: z.number().positive().optional().meta({
    description:
      'muon: peak learning rate of hidden weights; by default 8 divided by the number of steps, 16 with --weight-decay',
    section,
  }),
  lrSchedule: z.enum(['constant', 'step', 'linear', 'cosine', 'plateau']).default('cosine').meta({
    description: 'learning rate after the warmup',
    section,
  }),
  warmupRatio: z.number().min(0).max(1).default(0.02).meta({
    description: 'fraction of the steps over which the learning rate rises linearly from 0',
    section,
  }),
  minLrRatio: z.number().min(0).max(1).default(0.01).meta({
    description: 'linear, cosine: final learning rate as a fraction of --lr',
    section,
  }),
  lrFactor: z.number().positive().max(1).default(0.5).meta({
    description: 'step, plateau: factor by which the learning rate is multiplied each time',
    section,
  }),
  lrStepSize: z.int().min(1).default(LR_STEP_SIZE).meta({
    description: 'step: steps between multiplications by --lr-factor',
    section,
  }),
  lrPatience: z.int().min(1).default(2).meta({
    description: 'plateau: validations without improvement before a multiplication by --lr-factor',
    section,
  }),
  momentum: rate.default(0).meta({ description: 'sgd, rmsprop: momentum; 0 = none', section }),
  alpha: rate.default(0.99).meta({
    description: 'rmsprop: decay rate of the running mean of squared gradients',
    section,
  }),
  beta1: rate.default(0.9).meta({
    description: 'adam, adamw, muon: decay rate of the running mean of gradients',
    section,
  }),
  beta2: rate.default(0.99).meta({
    description: 'adam, adamw, muon: decay rate of the running mean of squared gradients',
    section,
  }),
  weightDecay: z.number().min(0).default(0).meta({
    description: 'weight decay; an L2 penalty, except in adamw and muon, where it is decoupled from the gradient',
    section,
  }),
  gradClip: z.number().min(0).default(1).meta({
    description: 'maximum norm of the gradient of all parameters; 0 = no clipping',
    section,
  }),
  gradClipValue: z.number().min(0).default(0).meta({
    description: 'maximum absolute value of each element of the gradient; 0 = no clipping',
    section,
  }),
  ema: z.number().min(0).lt(1).default(0).meta({
    description:
      'decay of an exponential moving average of the weights, which is what is validated and saved: 0.99 to 0.9999; 0 = none',
    section,
  }),
  averageCheckpoints: z.int().min(1).max(100).default(1).meta({
    description:
      'at the end, average the weights of the N checkpoints with the lowest validation loss, and of the last N; an average that has a lower loss than the best checkpoint replaces it; 1 = no average',
    section,
  }),
  validateEvery: z.int().min(1).optional().meta({
    description:
      'steps between validations, each of which saves a checkpoint; by default a tenth of all steps, with --minutes more where validations would take over a fifth of the time',
    section,
  }),
  probeGradients: z.int().min(0).default(0).meta({
    description: 'steps between measurements of the gradient norm through time, summarised at the end; 0 = never',
    section,
  }),
  patience: z.int().min(0).default(0).meta({
    description: 'early stopping: validations without improvement before training stops; 0 = never',
    section,
  }),
};

/** The values of {@link optimizationFlags}. */
export type OptimizationConfig = z.output<z.ZodObject<typeof optimizationFlags>>;

/** Of a training whose number of steps is known before it begins; of others it is Infinity. */
const stepsOf = ({ steps }: Settings): number => Number(steps ?? Number.POSITIVE_INFINITY);

/** How often it is validated, likewise. */
function validationsOf({ steps, validateEvery }: Settings): number {
  if (steps === undefined) return Number.POSITIVE_INFINITY;
  return validationCount({
    steps: Number(steps),
    validateEvery: validateEvery as OptimizationConfig['validateEvery'],
  });
}

type Settings = Readonly<Record<string, unknown>>;

/** Which schedule or optimiser each of these flags belongs to, and which need a longer training. */
export const optimizationRequires: readonly SharedRequirement[] = [
  {
    flags: ['lrSchedule', 'minLrRatio', 'lrFactor', 'lrStepSize', 'lrPatience'],
    when: ({ warmupRatio }) => warmupRatio !== 1,
    needs: '--warmup-ratio below 1',
  },
  {
    flags: ['minLrRatio'],
    when: ({ lrSchedule }) => lrSchedule === 'linear' || lrSchedule === 'cosine',
    needs: '--lr-schedule linear or cosine',
  },
  {
    flags: ['lrFactor'],
    when: ({ lrSchedule }) => lrSchedule === 'step' || lrSchedule === 'plateau',
    needs: '--lr-schedule step or plateau',
  },
  { flags: ['lrStepSize'], when: ({ lrSchedule }) => lrSchedule === 'step', needs: '--lr-schedule step' },
  { flags: ['lrPatience'], when: ({ lrSchedule }) => lrSchedule === 'plateau', needs: '--lr-schedule plateau' },
  {
    flags: ['lrFactor'],
    when: (config) => config['lrSchedule'] !== 'step' || Number(config['lrStepSize']) < stepsOf(config),
    needs: 'a smaller --lr-step-size or more --steps',
  },
  {
    flags: ['lrStepSize'],
    // Of a resumed run, and where the default is smaller than the training is long, it can be what keeps the rate constant.
    when: (config) =>
      config['resume'] !== undefined || Math.min(LR_STEP_SIZE, Number(config['lrStepSize'])) < stepsOf(config),
    needs: 'a smaller number or more --steps',
  },
  {
    flags: ['lrFactor'],
    when: (config) => config['lrSchedule'] !== 'plateau' || Number(config['lrPatience']) < validationsOf(config) - 1,
    needs: 'a smaller --lr-patience, a smaller --validate-every or more --steps',
  },
  {
    flags: ['patience'],
    when: (config) =>
      config['resume'] !== undefined ||
      config['patience'] === 0 ||
      Number(config['patience']) < validationsOf(config) - 1,
    needs: 'a smaller number, a smaller --validate-every or more --steps',
  },
  {
    flags: ['probeGradients'],
    when: (config) => Number(config['probeGradients']) <= stepsOf(config),
    needs: 'a smaller number or more --steps',
  },
  { flags: ['muonLr'], when: ({ optimizer }) => optimizer === 'muon', needs: '--optimizer muon' },
  {
    flags: ['momentum'],
    when: ({ optimizer }) => optimizer === 'sgd' || optimizer === 'rmsprop',
    needs: '--optimizer sgd or rmsprop',
  },
  { flags: ['alpha'], when: ({ optimizer }) => optimizer === 'rmsprop', needs: '--optimizer rmsprop' },
  {
    flags: ['beta1', 'beta2'],
    when: ({ optimizer }) => optimizer !== 'sgd' && optimizer !== 'rmsprop',
    needs: '--optimizer adam, adamw or muon',
  },
];

/** Earlier names of these flags. */
export const optimizationRenamed = {
  learningRate: 'lr',
  schedule: 'lrSchedule',
  warmup: 'warmupRatio',
  rateFloor: 'minLrRatio',
  rateFactor: 'lrFactor',
  rateEvery: ['lrStepSize', 'lrPatience'],
  clipNorm: 'gradClip',
  clipValue: 'gradClipValue',
  watchGradients: 'probeGradients',
} as const;

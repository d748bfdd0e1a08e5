import { z } from 'zod';

/** How weights are changed by their gradients, and when that ends: what every `train` understands besides its length. */
export const optimizationFlags = {
  optimizer: z.enum(['adam', 'adamw', 'rmsprop', 'sgd']).default('adam').meta({
    description: 'how a gradient becomes a step',
    section: 'Optimisation',
  }),
  learningRate: z.number().positive().default(0.002).meta({
    description: 'the highest learning rate',
    section: 'Optimisation',
  }),
  schedule: z.enum(['constant', 'step', 'cosine', 'plateau']).default('cosine').meta({
    description: 'how the learning rate moves after the warm-up',
    section: 'Optimisation',
  }),
  warmup: z.number().min(0).max(1).default(0.02).meta({
    description: 'share of the steps over which the learning rate rises from 0',
    section: 'Optimisation',
  }),
  rateFloor: z.number().min(0).max(1).default(0.01).meta({
    description: 'cosine: where the rate ends, as a share of the highest',
    section: 'Optimisation',
  }),
  rateFactor: z.number().positive().max(1).default(0.5).meta({
    description: 'step and plateau: what the rate is multiplied by',
    section: 'Optimisation',
  }),
  rateEvery: z.int().min(1).optional().meta({
    description:
      'step: after how many steps (1000), plateau: after how many validations without progress (2), the rate falls',
    section: 'Optimisation',
  }),
  beta1: z.number().min(0).lt(1).default(0.9).meta({
    description: 'adam: how much of the mean of gradients stays each step; sgd and rmsprop: the momentum',
    section: 'Optimisation',
  }),
  beta2: z.number().min(0).lt(1).default(0.99).meta({
    description: 'adam and rmsprop: how much of the mean of squares stays each step',
    section: 'Optimisation',
  }),
  weightDecay: z.number().min(0).default(0).meta({
    description: 'how strongly weights are drawn to zero; adamw: beside the gradient',
    section: 'Optimisation',
  }),
  clipNorm: z.number().min(0).default(1).meta({
    description: 'the longest the gradient of all weights together may be; 0 for any',
    section: 'Optimisation',
  }),
  clipValue: z.number().min(0).default(0).meta({
    description: 'the largest any one gradient may be; 0 for any',
    section: 'Optimisation',
  }),
  validateEvery: z.int().min(1).optional().meta({
    description: 'how often the held-out data is measured and the run saved; by default ten times',
    unit: 'steps',
    section: 'Optimisation',
  }),
  watchGradients: z.int().min(0).default(0).meta({
    description: 'look at gradients through time every so many steps, and say at the end what was seen; 0 for never',
    unit: 'steps',
    section: 'Optimisation',
  }),
  patience: z.int().min(0).default(0).meta({
    description: 'end after so many validations without progress; 0 for never',
    section: 'Optimisation',
  }),
};

export type OptimizationConfig = z.output<z.ZodObject<typeof optimizationFlags>>;

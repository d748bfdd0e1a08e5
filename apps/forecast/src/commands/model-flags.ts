import { z } from 'zod';
import { PATH_DEFAULTS } from '../prediction/forecaster.ts';

/** Which trained model: what every command but `train` takes. */
export const modelFlags = {
  dir: z.string().min(1).meta({ description: 'folder of a run', argument: 'DIR', once: true }),
  checkpoint: z.enum(['best', 'last']).default('best').meta({
    description: 'weights to use: best = lowest validation loss, last = last saved step',
    section: 'Model',
  }),
};

/** How forecasts are sampled. */
export const pathFlags = {
  paths: z.int().min(20).max(100_000).default(PATH_DEFAULTS.paths).meta({
    description: 'paths that are sampled for a forecast, with --head paths',
    section: 'Forecast',
  }),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(PATH_DEFAULTS.seed)
    .meta({ description: 'seed of the paths', section: 'Forecast' }),
};

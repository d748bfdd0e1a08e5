import { ConfigError } from '@unroll/rnn-core';
import { flagName } from '@unroll/run';
import { z } from 'zod';
import { type ForecastNetwork, PATH_DEFAULTS } from '../prediction/forecaster.ts';

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

/** @throws ConfigError when a flag of the paths is given to a model that has none */
export function checkPaths(
  { dir }: { readonly dir: string },
  { model }: Pick<ForecastNetwork, 'model'>,
  unset: ReadonlySet<string>,
): void {
  const given = Object.keys(pathFlags).find((key) => !unset.has(key));
  if (given !== undefined && model.config.head === 'direct')
    throw new ConfigError(
      `${flagName(given)} has no effect on ${dir}, which was trained with --head direct and samples no paths; leave it out`,
    );
}

import type { z } from 'zod';
import type { Renamed } from '../cli/renamed.ts';
import type { SharedRequirement } from '../cli/requirement.ts';
import { fineTuningRequires } from './fine-tuning-flags.ts';
import { optimizationRenamed, optimizationRequires } from './optimization-flags.ts';
import { backendRequires } from './training-flags.ts';

/** Earlier names of those shared flags that a schema has. */
export function sharedRenamed({ shape }: z.ZodObject): Renamed {
  return Object.fromEntries(
    Object.entries(optimizationRenamed).filter(([, today]) =>
      [today].flat().every((key) => Object.hasOwn(shape, key)),
    ),
  );
}

/** What those shared flags that a schema has require. */
export const sharedRequires = ({ shape }: z.ZodObject): readonly SharedRequirement[] =>
  [...optimizationRequires, ...fineTuningRequires, ...backendRequires].filter(({ flags }) =>
    flags.every((flag) => Object.hasOwn(shape, flag)),
  );

import { exactMatch } from '@unroll/metrics';
import { command } from '@unroll/run';
import { z } from 'zod';
import { lowercase, score, scoringFlags, scoringRenamed } from './scoring.ts';

export const exactCommand = command({
  schema: z.object({ ...scoringFlags, lowercase }),
  renamed: scoringRenamed,
  run: async (config, context) => score(config, context, () => exactMatch(config)),
});

import { z } from 'zod';

/** Which trained model: the flags of every command that uses one. */
export const modelFlags = {
  dir: z.string().min(1).meta({ description: 'folder of a run', argument: 'DIR', once: true }),
  checkpoint: z.enum(['best', 'last']).default('best').meta({
    description: 'weights to use: best = lowest validation loss, last = last saved step',
    section: 'Model',
  }),
};

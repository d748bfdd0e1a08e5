import { z } from 'zod';

/** Flags that choose a trained model: every command but `train` has them. */
export const modelFlags = {
  dir: z.string().min(1).meta({ description: 'folder of a run', argument: 'DIR', once: true }),
  checkpoint: z.enum(['best', 'last']).default('best').meta({
    description: 'weights of the lowest validation loss, or of the last step saved',
    section: 'Model',
  }),
};

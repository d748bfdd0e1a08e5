import { z } from 'zod';
import type { SharedRequirement } from '../cli/requirement.ts';

const section = 'Fine-tuning';

/**
 * Starting from another model, and training only a part of it.
 *
 * @param example of a pattern that matches parameters of the application's model
 */
export const fineTuningFlags = (example: string) => ({
  initFrom: z.string().min(1).optional().meta({
    description: 'start from the best weights of the run in this folder, with its sizes, on other data',
    placeholder: 'DIR',
    section,
    once: true,
  }),
  freeze: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .meta({
      description: `parameters that are not trained, by name; * stands for any characters: '${example}'`,
      placeholder: 'PATTERN,…',
      section,
    }),
  unfreezeAfter: z.array(z.number().gt(0).lt(1)).min(1).optional().meta({
    description:
      'fraction of the training after which the frozen parameters are trained: one for each pattern of --freeze, or one for all',
    placeholder: 'N,…',
    section,
  }),
});

/** Which of the flags of fine-tuning need others. */
export const fineTuningRequires: readonly SharedRequirement[] = [
  { flags: ['unfreezeAfter'], when: ({ freeze }) => freeze !== undefined, needs: '--freeze' },
];

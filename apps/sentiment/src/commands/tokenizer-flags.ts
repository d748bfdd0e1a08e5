import { z } from 'zod';

const section = 'Tokens';

/** How a text becomes tokens, and what the networks know of each. */
export const tokenizerFlags = {
  cased: z.boolean().default(false).meta({
    description: 'keep capitals; by default every word is lower-cased',
    section,
  }),
  minCount: z.int().min(1).max(65_536).default(1).meta({
    description: 'occurrences in the training texts that a word needs to be in the vocabulary',
    section,
  }),
  maxLength: z.int().min(1).max(65_536).default(400).meta({
    description: 'tokens of a text that the networks see; of a longer text its first N/4 and its last 3N/4',
    section,
  }),
  lexicon: z.boolean().default(true).meta({
    description: 'leave out the AFINN valence of each word, a feature of both networks and bag of words (English)',
    section,
  }),
};

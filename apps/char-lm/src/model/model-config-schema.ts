import { CELL_NAMES } from '@unroll/rnn-core';
import * as z from 'zod/mini';

const size = z.int().check(z.minimum(1));

/** `config.json`. */
export const modelConfigSchema = z.strictObject({
  vocabSize: size,
  cell: z.enum(CELL_NAMES),
  hiddenSize: size,
  numLayers: size,
  embeddingSize: size,
  tieWeights: z.boolean(),
  layerNorm: z.boolean(),
  block: z._default(z.boolean(), false),
  ensembleSize: z._default(size, 1),
});

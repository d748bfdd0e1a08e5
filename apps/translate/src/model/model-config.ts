import { CELL_NAMES } from '@unroll/rnn-core';
import * as z from 'zod/mini';
import { DECODERS } from './decoder.ts';

/** The values of `--attention`: how the decoder compares its state with the source's. */
export const ATTENTIONS = ['general', 'dot', 'additive', 'none'] as const;

const size = z.int().check(z.minimum(1));

/** The settings that determine the names and shapes of the weights: the content of `config.json`. */
export const modelConfigSchema = z.strictObject({
  cell: z.enum(CELL_NAMES),
  sourceVocabSize: size,
  targetVocabSize: size,
  /** One embedding for both languages, which then have one vocabulary. */
  sharedEmbedding: z.boolean(),
  /** The output layer has the weights of the target embedding. */
  tieWeights: z.boolean(),
  /** E */
  embeddingSize: size,
  /** H, of each direction of the encoder. */
  hiddenSize: size,
  /** Layers of the encoder. */
  numLayers: size,
  decoder: z.enum(DECODERS),
  /** D; `dot` attention needs D = 2H. */
  decoderHiddenSize: size,
  attention: z.enum(ATTENTIONS),
  /** Networks whose logits are averaged; one where it is absent. */
  ensembleSize: z.optional(size),
});

/** The settings that determine the names and shapes of the weights. */
export type TranslationModelConfig = Readonly<z.output<typeof modelConfigSchema>>;

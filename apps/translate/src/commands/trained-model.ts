import { CheckpointError, loadWeights, Parameters, Rng } from '@unroll/rnn-core';
import { type BackendChoice, type Context, ModelFolder, openBackend } from '@unroll/run';
import { z } from 'zod';
import { CELLS } from '../model/cell.ts';
import { DECODERS } from '../model/decoder.ts';
import { ATTENTIONS, TranslationModel } from '../model/translation-model.ts';
import type { Interpreter } from '../search/translating.ts';
import { Subwords } from '../tokenizer.ts';

/** A model on disk, ready to be asked. */
export interface TrainedModel extends Interpreter, Disposable {
  /** The training step its weights are of. */
  readonly step: number;
}

const size = z.int().min(1);
const modelSchema = z.strictObject({
  cell: z.enum(CELLS),
  sourceVocab: size,
  targetVocab: size,
  sharedEmbedding: z.boolean(),
  tied: z.boolean(),
  embedding: size,
  hidden: size,
  encoderLayers: size,
  decoder: z.enum(DECODERS),
  decoderHidden: size,
  attention: z.enum(ATTENTIONS),
});

export interface ModelChoice extends BackendChoice {
  readonly dir: string;
  readonly checkpoint: 'best' | 'last';
}

/** @throws CheckpointError when the folder holds no translator, or a damaged one */
export async function openModel(
  { dir, checkpoint, ...choice }: ModelChoice,
  { err }: Context,
): Promise<TrainedModel> {
  const folder = ModelFolder.open(dir, 'translate');
  const config = modelSchema.safeParse(folder.model);
  if (!config.success)
    throw new CheckpointError(`${folder.file('config.json')}: must describe a translator; the file is damaged`);
  const subwords = openSubwords(folder);
  const { tensors, step } = folder.weights(checkpoint);
  const opened = await openBackend(choice);
  err.write(`${opened.reason}\n`);
  const { backend } = opened;
  const model = new TranslationModel(config.data);
  loadWeights(Parameters.create(model, backend, Rng.seeded(0)), tensors, folder.path);
  const boundary = subwords.boundaries.target;
  return { model, subwords, boundary, backend, step, [Symbol.dispose]: () => opened[Symbol.dispose]() };
}

/** The subwords of a model on disk. */
export const openSubwords = (folder: ModelFolder): Subwords => Subwords.fromJson(folder.tokenizer());

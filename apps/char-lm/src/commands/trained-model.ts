import { type Backend, CheckpointError, loadWeights, Parameters, Rng } from '@unroll/rnn-core';
import { ModelFolder, openBackend } from '@unroll/run';
import { type CharacterVocabulary, vocabularyFromJson } from '@unroll/text';
import { z } from 'zod';
import { CharLm } from '../model.ts';

export interface ModelChoice {
  readonly dir: string;
  readonly checkpoint: 'best' | 'last';
  readonly backend: 'auto' | 'native' | 'wasm' | 'reference';
  readonly threads?: number | undefined;
}

/** A model on disk, ready to be asked. */
export interface TrainedModel extends Disposable {
  readonly model: CharLm;
  readonly vocab: CharacterVocabulary;
  readonly backend: Backend;
  /** Which backend that is, for people. */
  readonly reason: string;
  /** The training step its weights are of. */
  readonly step: number;
}

const size = z.int().min(1);
const shapeSchema = z.strictObject({
  vocabSize: size,
  cell: z.enum(['rnn', 'gru', 'lstm']),
  hidden: size,
  layers: size,
  embedding: size,
  tied: z.boolean(),
  layerNorm: z.boolean(),
});

/** @throws CheckpointError when the folder holds no model, or a damaged one */
export async function openModel({ dir, checkpoint, ...choice }: ModelChoice): Promise<TrainedModel> {
  const folder = ModelFolder.open(dir, 'char-lm');
  const shape = shapeSchema.safeParse(folder.model);
  if (!shape.success)
    throw new CheckpointError(`${folder.file('config.json')}: must describe a character model; the file is damaged`);
  const vocab = vocabularyFromJson(folder.tokenizer());
  const { tensors, step } = folder.weights(checkpoint);

  const { backend, reason } = await openBackend(choice);
  const model = new CharLm(shape.data);
  const parameters = Parameters.create(model, backend, Rng.seeded(0));
  loadWeights(parameters, tensors, folder.path);
  return { model, vocab, backend, reason, step, [Symbol.dispose]: () => backend.close() };
}

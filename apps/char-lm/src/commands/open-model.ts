import { CheckpointError, loadWeights, Parameters, Rng } from '@unroll/rnn-core';
import { ModelFolder, openBackend } from '@unroll/run';
import { vocabularyFromJson } from '@unroll/text';
import { z } from 'zod';
import { CharLm } from '../char-lm.ts';
import { CharLmModel } from '../model.ts';

export interface ModelChoice {
  readonly dir: string;
  readonly checkpoint: 'best' | 'last';
  readonly backend: 'auto' | 'native' | 'wasm' | 'reference';
  readonly threads?: number | undefined;
}

/** The model of a run. */
export interface OpenModel extends Disposable {
  readonly lm: CharLm;
  /** Which backend computes, for people. */
  readonly reason: string;
  /** The training step that the weights are from. */
  readonly step: number;
}

const size = z.int().min(1);
const configSchema = z.strictObject({
  vocabSize: size,
  cell: z.enum(['rnn', 'gru', 'lstm']),
  hiddenSize: size,
  numLayers: size,
  embeddingSize: size,
  tieWeights: z.boolean(),
  layerNorm: z.boolean(),
});

/** @throws CheckpointError when the folder holds no model, or a damaged one */
export async function openModel({ dir, checkpoint, ...choice }: ModelChoice): Promise<OpenModel> {
  const folder = ModelFolder.open(dir, 'char-lm');
  const config = configSchema.safeParse(folder.model);
  if (!config.success)
    throw new CheckpointError(
      `${folder.file('config.json')}: must describe a character language model; the file is damaged, or from another version`,
    );
  const vocabulary = vocabularyFromJson(folder.tokenizer());
  const { tensors, step } = folder.weights(checkpoint);

  const { backend, reason } = await openBackend(choice);
  const model = new CharLmModel(config.data);
  loadWeights(Parameters.create(model, backend, Rng.seeded(0)), tensors, folder.path);
  const lm = new CharLm({ model, vocabulary, backend });
  return { lm, reason, step, [Symbol.dispose]: () => lm[Symbol.dispose]() };
}

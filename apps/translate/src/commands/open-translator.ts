import { CheckpointError, loadWeights, Parameters, Rng } from '@unroll/rnn-core';
import { type BackendChoice, type Context, ModelFolder, openBackend } from '@unroll/run';
import { modelConfigSchema } from '../model/model-config.ts';
import { TranslationModel } from '../model/translation-model.ts';
import { TranslationTokenizer } from '../tokenizer.ts';
import { Translator } from '../translator.ts';

export interface ModelChoice extends BackendChoice {
  readonly dir: string;
  readonly checkpoint: 'best' | 'last';
}

/** @throws CheckpointError when the folder holds no translation model, or a damaged one */
export async function openTranslator(
  { dir, checkpoint, ...choice }: ModelChoice,
  { err }: Context,
): Promise<Translator> {
  const folder = ModelFolder.open(dir, 'translate');
  const config = modelConfigSchema.safeParse(folder.model);
  if (!config.success)
    throw new CheckpointError(
      `${folder.file('config.json')}: must describe a translation model; the file is damaged`,
    );
  const tokenizer = openTokenizer(folder);
  const { tensors } = folder.weights(checkpoint);
  const opened = await openBackend(choice);
  err.write(`${opened.reason}\n`);
  const { backend } = opened;
  const model = new TranslationModel(config.data);
  loadWeights(Parameters.create(model, backend, Rng.seeded(0)), tensors, folder.path);
  return new Translator({ model, tokenizer, backend }, () => opened[Symbol.dispose]());
}

/** The tokenizer of a model on disk. */
export const openTokenizer = (folder: ModelFolder): TranslationTokenizer =>
  TranslationTokenizer.fromJson(folder.tokenizer());

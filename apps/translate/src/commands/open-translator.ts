import { builtFrom } from '@unroll/rnn-core';
import { type BackendChoice, type Context, ModelFolder, openBackend } from '@unroll/run';
import { TranslationTokenizer } from '../tokenizer.ts';
import { Translator } from '../translator.ts';

export interface ModelChoice extends BackendChoice {
  readonly dir: string;
  readonly checkpoint: 'best' | 'last';
}

/** The translator of a run, with the weights and on the backend that the flags choose. */
export async function openTranslator(
  { dir, checkpoint, ...choice }: ModelChoice,
  { err }: Context,
): Promise<Translator> {
  const folder = ModelFolder.open(dir, 'translate');
  const files = folder.files(checkpoint, (line) => err.write(`${line}\n`));
  const opened = await openBackend(choice);
  err.write(`${opened.reason}\n`);
  return Translator.create(files, opened.backend, () => opened[Symbol.dispose]());
}

/** The tokenizer of a run. */
export function openTokenizer(dir: string): TranslationTokenizer {
  const folder = ModelFolder.open(dir, 'translate');
  return builtFrom(folder.file('tokenizer.json'), () => TranslationTokenizer.fromJson(folder.tokenizer()));
}

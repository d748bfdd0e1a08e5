import { selectBackend } from '@unroll/kernels';
import { Translator } from '@unroll/translate';
import type { ModelBytes } from '../storage/model-folder.ts';
import { type BeamTree, beamTree } from './beam-tree.ts';

/** The room's work: one translator. Lives in the worker. */
export class TranslateSession {
  #translator: Translator | undefined;

  /** @throws CheckpointError */
  async load(files: ModelBytes): Promise<void> {
    const backend =
      this.#translator?.backend ?? (await selectBackend({ backend: 'auto', exact: true, threads: 1 })).backend;
    const loaded = await Translator.load(files, { backend });
    this.#translator?.[Symbol.dispose]();
    this.#translator = loaded;
  }

  /** Translates a sentence. @param prefix ids that the translation must begin with */
  translate(text: string, beamSize: number, prefix: readonly number[]): BeamTree | undefined {
    return this.#translator && beamTree(this.#translator, text, beamSize, prefix);
  }
}

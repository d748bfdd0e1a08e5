import { type Context, ModelFolder, openBackend } from '@unroll/run';
import { CharLm } from '../char-lm.ts';

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

/** @throws CheckpointError when the folder holds no model, or a damaged one */
export async function openModel(
  { dir, checkpoint, ...choice }: ModelChoice,
  { err }: Pick<Context, 'err'>,
): Promise<OpenModel> {
  const folder = ModelFolder.open(dir, 'char-lm');
  const { step, ...files } = folder.files(checkpoint, (line) => err.write(`${line}\n`));
  const compute = await openBackend(choice);
  const lm = new CharLm(files, compute.backend);
  return {
    lm,
    reason: compute.reason,
    step,
    [Symbol.dispose]: () => {
      lm[Symbol.dispose]();
      compute[Symbol.dispose]();
    },
  };
}

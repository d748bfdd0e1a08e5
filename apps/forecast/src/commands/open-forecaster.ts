import { type BackendChoice, type Context, ModelFolder, openBackend } from '@unroll/run';
import { Forecaster } from '../prediction/forecaster.ts';

/** Which model, and what computes it. */
export interface ModelChoice extends BackendChoice {
  readonly dir: string;
  readonly checkpoint: 'best' | 'last';
}

/** The model of a run. */
export interface OpenForecaster extends Disposable {
  readonly forecaster: Forecaster;
}

/** @throws CheckpointError when the folder holds no model, or a damaged one */
export async function openForecaster(choice: ModelChoice, { err }: Pick<Context, 'err'>): Promise<OpenForecaster> {
  const folder = ModelFolder.open(choice.dir, 'forecast');
  const files = folder.files(choice.checkpoint, (line) => err.write(`${line}\n`));
  const compute = await openBackend(choice);
  err.write(`${compute.reason}\n`);
  const forecaster = new Forecaster(files, compute.backend);
  return {
    forecaster,
    [Symbol.dispose]: () => {
      forecaster[Symbol.dispose]();
      compute[Symbol.dispose]();
    },
  };
}

import { type BackendChoice, type Context, ModelFolder, openBackend } from '@unroll/run';
import { SentimentClassifier } from '../prediction/sentiment-classifier.ts';

/** Which model, and what computes it. */
export interface ModelOptions extends BackendChoice {
  readonly dir: string;
  readonly checkpoint: 'best' | 'last';
}

/** A classifier with its backend. */
export interface OpenClassifier extends Disposable {
  readonly classifier: SentimentClassifier;
}

/**
 * Opens a model on disk.
 * @throws CheckpointError when there is none, or it is damaged
 */
export async function openClassifier(options: ModelOptions, { err }: Pick<Context, 'err'>): Promise<OpenClassifier> {
  const folder = ModelFolder.open(options.dir, 'sentiment');
  const files = folder.files(options.checkpoint, (line) => err.write(`${line}\n`));
  const compute = await openBackend(options);
  err.write(`${compute.reason}\n`);
  const classifier = new SentimentClassifier(files, compute.backend);
  return {
    classifier,
    [Symbol.dispose]: () => {
      classifier[Symbol.dispose]();
      compute[Symbol.dispose]();
    },
  };
}

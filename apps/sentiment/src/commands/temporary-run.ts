import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Context, Interrupted } from '@unroll/run';
import type { LabelledTexts } from '../data/labelled-texts.ts';
import { type SentimentEvaluation, trainOn } from './train.ts';
import type { TrainConfig } from './train-flags.ts';

/**
 * Trains for the scores alone: the run's folder is deleted afterwards.
 *
 * @param unset the settings that `--minutes` may choose; by default none
 * @throws Interrupted after Ctrl-C
 */
export async function trainForScores(
  config: TrainConfig,
  texts: LabelledTexts,
  context: Context,
  unset?: ReadonlySet<string>,
): Promise<SentimentEvaluation> {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-sentiment-'));
  try {
    const out = join(folder, 'run');
    return (await trainOn(() => texts, { ...config, out, resume: undefined }, context, unset)).evaluation;
  } catch (error) {
    throw error instanceof Interrupted ? new Interrupted('stopped before the table; its runs are not kept') : error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Context } from '@unroll/run';
import type { TrainConfig } from '../config.ts';
import type { LabelledTexts } from '../data/labelled-texts.ts';
import { type TrainedRun, trainOn } from './train.ts';

/** Trains for its figures alone: the run's folder is gone afterwards. */
export async function trainForFigures(
  config: TrainConfig,
  texts: LabelledTexts,
  context: Context,
): Promise<TrainedRun> {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-sentiment-'));
  try {
    return await trainOn(texts, { ...config, out: join(folder, 'run'), resume: undefined }, context);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

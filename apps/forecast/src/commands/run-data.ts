import { readRunData, readRunRecord, recordedSettings } from '@unroll/run';
import type { SeriesSet } from '../data/time-series.ts';
import { readSeriesSet, seriesFiles, seriesSchema } from './data-flags.ts';

/** Where the series of a trained model come from. */
export interface RunDataChoice {
  readonly dir: string;
  /** Another file with the columns of the run's. */
  readonly data?: string | undefined;
  readonly dataDir?: string | undefined;
}

/**
 * Reads the series of a run, or those of another file with the run's columns.
 *
 * @throws DataError when a file of the run is gone or has changed since
 * @throws CheckpointError when the settings in run.json do not fit the data
 */
export async function readRunSeries({ dir, data, dataDir }: RunDataChoice): Promise<SeriesSet> {
  if (data !== undefined) {
    const config = recordedSettings(seriesSchema, dir, readRunRecord(dir, 'forecast'));
    return await readSeriesSet({ ...config, data });
  }
  const otherwise = 'forecast from newer values with predict --data FILE';
  const of = { schema: seriesSchema, filesOf: seriesFiles, read: readSeriesSet };
  return await readRunData({ dir, app: 'forecast', ...of, dataDir, otherwise });
}

import { checkDataUnchanged, readRunRecord, recordedSettings } from '@unroll/run';
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
 * @throws DataError when a file of the run has changed since
 */
export async function readRunSeries({ dir, data, dataDir }: RunDataChoice): Promise<SeriesSet> {
  const record = readRunRecord(dir, 'forecast');
  const config = recordedSettings(seriesSchema, dir, record);
  if (data !== undefined) return await readSeriesSet({ ...config, data });
  checkDataUnchanged(dir, record, seriesFiles(config));
  return await readSeriesSet({ ...config, dataDir: dataDir ?? config.dataDir });
}

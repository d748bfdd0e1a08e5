import { type DataFile, hashedFile } from '@unroll/run';
import { describeDataset } from './description.ts';

/**
 * The files that a training reads, with the hashes of their bytes: one's own where there are any, otherwise those of the
 * named data set.
 *
 * @throws FileError when a file cannot be read
 */
export function dataFiles(dataset: string | undefined, own: readonly (string | undefined)[]): DataFile[] {
  const paths = own.filter((path) => path !== undefined);
  if (paths.length > 0) return paths.map(hashedFile);
  return dataset === undefined ? [] : describeDataset(dataset).files.map(({ name, sha256 }) => ({ name, sha256 }));
}

import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { z } from 'zod';
import { onFile } from '../files/file.ts';

/** A file that a run reads its data from. */
export interface DataFile {
  /** Its path, or its name in a data set. */
  readonly name: string;
  /** Of its bytes. */
  readonly sha256: string;
}

/** What a run is trained on and evaluated with: `data` in `run.json`. */
export interface RunData {
  /** The data set's name, or that of the first file. */
  readonly name: string;
  readonly files: readonly DataFile[];
}

/** {@link RunData} as it is recorded. Equal `sha256` means equal data. */
export const recordedDataSchema = z.object({
  name: z.string(),
  /** The hash of the hashes of all files, in their order. */
  sha256: z.string(),
  files: z.array(z.object({ name: z.string(), sha256: z.string() })),
});

/** What `run.json` says of the data. */
export type RecordedData = z.infer<typeof recordedDataSchema>;

/** Returns what `run.json` says of the data: names and hashes. */
export const recordedData = ({ name, files }: RunData): RecordedData => ({
  name,
  sha256: createHash('sha256')
    .update(files.length === 0 ? name : files.map(({ sha256 }) => sha256).join('\n'))
    .digest('hex'),
  files: files.map(({ name, sha256 }) => ({ name, sha256 })),
});

const CHUNK = 1 << 20;

/** A file with the hash of its bytes. @throws FileError when it cannot be read */
export function hashedFile(path: string): DataFile {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK);
  onFile(path, 'read', () => {
    const file = openSync(path, 'r');
    try {
      for (let length = CHUNK; length > 0; ) {
        length = readSync(file, buffer, 0, CHUNK, null);
        hash.update(buffer.subarray(0, length));
      }
    } finally {
      closeSync(file);
    }
  });
  return { name: path, sha256: hash.digest('hex') };
}

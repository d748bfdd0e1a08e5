import { Dataset } from '@unroll/datasets';
import { type Features, logMel } from '../piece/log-mel.ts';
import type { PieceOptions } from '../piece/piece.ts';
import { readWav } from '../piece/wav.ts';

/** A recording of one digit. */
export interface Recording extends Features {
  readonly digit: number;
  readonly speaker: string;
  readonly part: 'train' | 'valid' | 'test';
}

const FIRST_VALIDATION = 13; // recordings 13 and 14 of each digit and speaker, of 5 to 14

/** @throws DataError when the files are nowhere to be had, or damaged */
export async function readRecordings({ dataDir, say, short }: PieceOptions): Promise<Recording[]> {
  let isFirst = true;
  const sayFirst = (line: string): void => {
    if (isFirst) say(`${line}, and 899 more`);
    isFirst = false;
  };
  const dataset = Dataset.open('free-spoken-digits', { dataDir, say: sayFirst });
  const recordings: Recording[] = [];
  for (const { name } of dataset.description.files) {
    const [, folder, digit, speaker = '', number] = /^(\w+)\/(\d)_(\w+)_(\d+)\.wav$/.exec(name) ?? [];
    if (short && Number(number) % 4 !== 1) continue;
    const part = folder === 'test' ? 'test' : Number(number) < FIRST_VALIDATION ? 'train' : 'valid';
    const samples = readWav(await dataset.bytes(name), name);
    recordings.push({ ...logMel(samples), digit: Number(digit), speaker, part });
  }
  return recordings;
}

/**
 * Lines per second of `predict` with the default model, end to end: reading, tokens, bag of words, networks, writing.
 *
 *     npm run bench -w apps/sentiment
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Dataset, readDatasetRecords } from '@unroll/datasets';
import { execute } from '@unroll/run';
import { program } from '../src/commands/program.ts';

const LINES = 400_000;
const REPEATS = 3;

class Ignored extends Writable {
  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    done();
  }
}

const folder = mkdtempSync(join(tmpdir(), 'unroll-bench-'));
const silent = { stdout: new Ignored(), stderr: new Ignored() };
try {
  const model = join(folder, 'model');
  await execute(program, ['train', '--steps', '20', '--out', model], silent); // the speed does not depend on the weights
  const sentences: string[] = [];
  for await (const { values } of readDatasetRecords(Dataset.open('uci-sentences'), 'train'))
    sentences.push(values['text'] ?? '');
  const file = join(folder, 'lines.jsonl');
  const lines = Array.from({ length: LINES }, (_, k) =>
    JSON.stringify({ text: `${sentences[k % sentences.length] ?? ''} ${k}` }),
  );
  writeFileSync(file, `${lines.join('\n')}\n`);
  const speeds: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const start = performance.now();
    await execute(program, ['predict', model, '--data', file], silent);
    speeds.push(LINES / ((performance.now() - start) / 1000));
  }
  const median = speeds.toSorted((a, b) => a - b)[Math.floor(REPEATS / 2)] ?? 0;
  console.log(
    `predict, default model: ${Math.round(median).toLocaleString('en-US')} lines/s, the median of ${REPEATS} (${speeds.map((speed) => Math.round(speed)).join(', ')})`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

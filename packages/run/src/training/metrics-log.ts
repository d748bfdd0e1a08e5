import { closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GradientSnapshot, MetricsRecord } from '@unroll/rnn-core';
import { z } from 'zod';
import { onFile, writeAll, writeAtomically } from '../files/file.ts';

/** The name of the file of metrics in a run folder. */
export const METRICS_LOG = 'metrics.jsonl';

const recordSchema: z.ZodType<MetricsRecord> = z.object({ step: z.number() }).catchall(z.json());

/**
 * `metrics.jsonl`: one JSON object a line, appended as training goes.
 *
 * Every record up to a step is in the file before that step is saved, and none comes after. So cutting the file to the
 * checkpoint's step on resume leaves what a run that was never killed would hold.
 */
export class MetricsLog {
  readonly path: string;
  readonly #file: number;
  #saved: number;

  /** @param step the checkpoint's; records of later steps, and a line cut short by a kill, are dropped */
  constructor(path: string, step: number) {
    this.path = path;
    this.#saved = step;
    if (existsSync(path)) cutAfter(path, step);
    this.#file = onFile(path, 'written', () => openSync(path, 'a'));
  }

  /** @throws RangeError when the record's step is one that was saved already */
  append(record: MetricsRecord): void {
    if (record.step <= this.#saved)
      throw new RangeError(
        `MetricsLog.append: step must be above the saved ${this.#saved}, got ${record.step}; log before saving`,
      );
    onFile(this.path, 'written', () => writeAll(this.#file, Buffer.from(`${JSON.stringify(record)}\n`)));
  }

  /** Puts every record on the disk, because a checkpoint of `step` is about to follow. */
  sync(step: number): void {
    onFile(this.path, 'written', () => fsyncSync(this.#file));
    this.#saved = step;
  }

  /** Closes the file. */
  close(): void {
    closeSync(this.#file);
  }
}

/** How many snapshots of gradients, the last of a run, its summary is built on. */
export const SUMMARISED_SNAPSHOTS = 5;

/** The snapshots of gradients through time that a run has logged, in the order of steps. */
export function readGradients(folder: string): GradientSnapshot[] {
  // `fit` wrote them: what stands under this name has this form.
  return readMetrics(join(folder, METRICS_LOG)).flatMap(({ gradients }) =>
    gradients ? [gradients as unknown as GradientSnapshot] : [],
  );
}

/** Every whole record of a `metrics.jsonl`; a line cut short by a kill is not one. */
export function readMetrics(path: string): MetricsRecord[] {
  return wholeLines(path).map(({ record }) => record);
}

function cutAfter(path: string, step: number): void {
  const kept = wholeLines(path).filter(({ record }) => record.step <= step);
  writeAtomically(path, kept.map(({ line }) => `${line}\n`).join(''));
}

function wholeLines(path: string): { line: string; record: MetricsRecord }[] {
  const lines = onFile(path, 'read', () => readFileSync(path, 'utf8')).split('\n');
  lines.pop(); // what follows the last line end: nothing, or half a line
  return lines.flatMap((line) => {
    const record = parseRecord(line);
    return record ? [{ line, record }] : [];
  });
}

/** Undefined for half a line, which a full disk can leave in the middle too. */
function parseRecord(line: string): MetricsRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

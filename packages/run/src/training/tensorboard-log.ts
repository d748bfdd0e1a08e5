import { closeSync, fsyncSync, openSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { eventFileStart, type Summary, summaryEvent } from '@unroll/interop/tensorboard';
import type { GradientSnapshot, MetricsRecord } from '@unroll/rnn-core';
import { onFile, writeAll } from '../files/file.ts';

/**
 * An event file of TensorBoard beside `metrics.jsonl`: its numbers as scalars, and of a gradient snapshot the norms at all
 * time steps as a histogram. A resumed run writes a new file, whose start makes TensorBoard drop what the older ones hold of
 * steps after the checkpoint.
 */
export class TensorBoardLog {
  readonly path: string;
  readonly #file: number;

  /** @param savedStep the checkpoint's that the run goes on from; −1 for a new run */
  constructor(folder: string, savedStep: number) {
    const now = Date.now(); // first in the name: TensorBoard reads files in the order of their names
    this.path = join(folder, `events.out.tfevents.${now}.${hostname()}.${process.pid}`);
    this.#file = onFile(this.path, 'written', () => openSync(this.path, 'a'));
    this.#write(eventFileStart(now / 1000, savedStep + 1));
  }

  append(record: MetricsRecord): void {
    this.#write(summaryEvent({ ...summaryOf(record), wallTime: Date.now() / 1000 }));
  }

  sync(): void {
    onFile(this.path, 'written', () => fsyncSync(this.#file));
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(bytes: Uint8Array): void {
    onFile(this.path, 'written', () => writeAll(this.#file, bytes));
  }
}

function summaryOf({ step, gradients, ...metrics }: MetricsRecord): Omit<Summary, 'wallTime'> {
  const scalars: Record<string, number> = {};
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(metrics)) {
    if (typeof value === 'number') scalars[name] = value;
    if (typeof value === 'string') texts[name] = value;
  }
  const histograms: Record<string, readonly number[]> = {};
  // `fit` wrote it: what stands under this name has this form.
  for (const { name, hidden, cells } of (gradients as unknown as GradientSnapshot | undefined)?.layers ?? []) {
    histograms[`gradients/${name}/hidden`] = hidden;
    if (cells) histograms[`gradients/${name}/cells`] = cells;
  }
  return { step, scalars, texts, histograms };
}

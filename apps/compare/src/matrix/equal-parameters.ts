import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { DataError } from '@unroll/rnn-core';
import { z } from 'zod';
import { type Answer, call } from '../running/application.ts';
import { type Entry, sizeFlags } from './matrix.ts';

const PROBED_SIZES = [8, 16, 32] as const;
const POLL_MILLISECONDS = 50;
const describedSchema = z.looseObject({ model: z.object({ parameters: z.int() }) });

/**
 * The hidden size at which a cell has as many parameters as an LSTM of the entry's size has on its task, as nearly as a whole
 * number allows.
 *
 * The number of parameters is a polynomial of degree two in the hidden size, whatever the application; three runs, ended
 * before their first step, determine it. A fourth counts those of the LSTM.
 *
 * @param counts of the entries before, kept for those that need the same
 */
export async function equalHiddenSize(entry: Entry, counts: ParameterCounts): Promise<number> {
  const { task, cell, hiddenSize, variant = '', words } = entry;
  if (cell === 'lstm') return hiddenSize;
  const countOf = (cell: string, size: number): Promise<number> => {
    const key = `${task.name} ${cell} ${variant} ${size}`;
    const known =
      counts.get(key) ?? parametersAt({ ...entry, words: words.with(words.indexOf('--cell') + 1, cell) }, size);
    counts.set(key, known);
    return known;
  };
  const wanted = await countOf('lstm', hiddenSize); // alone: what cannot start is not started thrice more
  const [x, y, z] = PROBED_SIZES;
  const [p, q, r] = await Promise.all([countOf(cell, x), countOf(cell, y), countOf(cell, z)]);
  // c + b·H + a·H², by Newton's divided differences
  const a = ((r - p) / (z - x) - (q - p) / (y - x)) / (z - y);
  const b = (q - p) / (y - x) - a * (x + y);
  const c = p - b * x - a * x * x;
  const size = a === 0 ? (wanted - c) / b : (Math.sqrt(b * b + 4 * a * (wanted - c)) - b) / (2 * a);
  return Math.max(1, Math.round(size));
}

/** Numbers of parameters by task, cell, variant and hidden size. */
export type ParameterCounts = Map<string, Promise<number>>;

/** Starts a run, waits until it has written how many parameters it has, and stops it. */
async function parametersAt(entry: Entry, hiddenSize: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-compare-'));
  const out = join(folder, 'run');
  using stop = new Stop();
  const { task, words } = entry;
  const answer = call(task.app, [...words, ...sizeFlags(entry, hiddenSize), '--out', out, '--threads', '1'], {
    signal: stop.signal,
  });
  let isOver = false;
  void answer.then(() => (isOver = true));
  try {
    for (;;) {
      const record =
        existsSync(join(out, 'run.json')) &&
        describedSchema.safeParse(JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')));
      if (record && record.success) return record.data.model.parameters;
      if (isOver) throw new DataError(`${task.name}: cannot count its parameters: ${failureOf(await answer)}`);
      await after(POLL_MILLISECONDS);
    }
  } finally {
    stop.now();
    await answer;
    rmSync(folder, { recursive: true, force: true });
  }
}

const failureOf = (answer: Answer): string => ('failure' in answer ? answer.failure : 'it ended too soon');

/** An abort that happens at the latest at the end of its block. */
class Stop implements Disposable {
  readonly #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  now(): void {
    this.#controller.abort();
  }

  [Symbol.dispose](): void {
    this.now();
  }
}

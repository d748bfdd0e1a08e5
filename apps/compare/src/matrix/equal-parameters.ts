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
 * before their first step, determine it.
 */
export async function equalHiddenSize(entry: Entry, counts: Map<string, Promise<Polynomial>>): Promise<number> {
  const { task, cell, hiddenSize, variant = '', words } = entry;
  if (cell === 'lstm') return hiddenSize;
  const countOf = (cell: string): Promise<Polynomial> => {
    const key = `${task.name} ${cell} ${variant}`;
    const known = counts.get(key) ?? polynomialOf({ ...entry, words: words.with(words.indexOf('--cell') + 1, cell) });
    counts.set(key, known);
    return known;
  };
  const wanted = at(await countOf('lstm'), hiddenSize);
  const [c, b, a] = await countOf(cell);
  const size = a === 0 ? (wanted - c) / b : (Math.sqrt(b * b + 4 * a * (wanted - c)) - b) / (2 * a);
  return Math.max(1, Math.round(size));
}

/** c + b·H + a·H² */
export type Polynomial = readonly [c: number, b: number, a: number];

const at = ([c, b, a]: Polynomial, H: number): number => c + b * H + a * H * H;

async function polynomialOf(entry: Entry): Promise<Polynomial> {
  const [x, y, z] = PROBED_SIZES;
  const [p, q, r] = await Promise.all([parametersAt(entry, x), parametersAt(entry, y), parametersAt(entry, z)]);
  const a = ((r - p) / (z - x) - (q - p) / (y - x)) / (z - y); // Newton's divided differences
  const b = (q - p) / (y - x) - a * (x + y);
  return [p - b * x - a * x * x, b, a];
}

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

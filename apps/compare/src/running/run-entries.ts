import { existsSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { type Context, duration, Interrupt, Interrupted, printJson, writeAtomically } from '@unroll/run';
import { equalHidden, type Polynomial } from '../matrix/equal-parameters.ts';
import type { Entry } from '../matrix/matrix.ts';
import { isFinished, SAMPLES_FILE } from '../report/run-summary.ts';
import { call } from './application.ts';
import type { Comparison } from './comparison.ts';

export interface RunningOptions {
  /** How many runs at a time; by default one a core. */
  readonly jobs?: number | undefined;
  /** Whether cells are given the size at which they have as many parameters as an LSTM. */
  readonly equalParameters?: boolean;
  /** Flags every application understands: which backend computes. */
  readonly words: readonly string[];
}

/**
 * Runs what is not yet done of a comparison, each run in a process of its own with one thread, so that they disturb each other as
 * little as the machine allows. A run that was cut off goes on where it was saved; one that fails is noted and leaves the
 * others alone.
 */
export async function runEntries(
  comparison: Comparison,
  entries: readonly Entry[],
  options: RunningOptions,
  { err, invocation }: Context,
): Promise<void> {
  using interrupt = new Interrupt(() => err.write('Stopping once the runs in progress have saved.\n'));
  const { signal } = interrupt;
  const counts = new Map<string, Promise<Polynomial>>();
  const jobs = Math.min(options.jobs ?? availableParallelism(), entries.length);
  const start = performance.now();
  let [next, done] = [0, 0];

  async function worker(): Promise<void> {
    for (let entry = entries[next++]; entry && !signal.aborted; entry = entries[next++]) {
      const run = join(resolve(comparison.folder), entry.name);
      const begin = performance.now();
      const failure = await runOnce(entry, run);
      if (signal.aborted) return;
      comparison.ended(run, failure);
      const took = duration((performance.now() - begin) / 1000);
      err.write(
        `${++done}/${entries.length} ${entry.name}: ${failure === undefined ? `done in ${took}` : `failed: ${failure}`}\n`,
      );
    }
  }

  /** @returns why it failed */
  async function runOnce(entry: Entry, run: string): Promise<string | undefined> {
    const { task, words } = entry;
    const log = join(comparison.folder, `${entry.name}.log`);
    const ask = (...words: readonly string[]) => call(task.app, words, { log, signal });
    comparison.add(run);
    if (!isDone(run)) {
      const isBegun = existsSync(join(run, 'trainer.safetensors'));
      if (!isBegun) rmSync(run, { recursive: true, force: true });
      const answer = isBegun
        ? await ask(task.train[0] as string, '--resume', run)
        : await ask(...words, ...(await sized(entry)), ...options.words, '--threads', '1', '--out', run);
      if ('failure' in answer) return answer.failure;
    }
    const samples = join(run, SAMPLES_FILE);
    if (!task.show || existsSync(samples)) return undefined;
    const answer = await ask(...task.show.words(run), ...options.words, '--threads', '1');
    if ('failure' in answer) return `trained, but could not show what it learnt: ${answer.failure}`;
    writeAtomically(samples, printJson(task.show.read(answer.result)));
    return undefined;
  }

  async function sized(entry: Entry): Promise<string[]> {
    const hidden = options.equalParameters ? await equalHidden(entry, counts) : entry.hidden;
    return entry.task.size.flatMap((flag) => [flag, String(hidden)]);
  }

  err.write(`${entries.length} runs, ${jobs} at a time, into ${comparison.folder}\n`);
  await Promise.all(Array.from({ length: jobs }, worker));
  if (signal.aborted)
    throw new Interrupted(
      `stopped; go on with: ${invocation} ${comparison.matrix ? 'run --continue' : 'memory --out'} ${comparison.folder}`,
    );
  err.write(`All done in ${duration((performance.now() - start) / 1000)}.\n`);
}

const isDone = (run: string): boolean => existsSync(join(run, 'run.json')) && isFinished(run);

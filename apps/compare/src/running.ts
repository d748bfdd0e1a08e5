import { existsSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { type Context, duration, printJson, writeAtomically } from '@unroll/run';
import { call } from './application.ts';
import type { Comparison } from './comparison.ts';
import { equalHidden, type Polynomial } from './equal-parameters.ts';
import type { Entry } from './matrix.ts';
import { isFinished, SAMPLES_FILE } from './run-summary.ts';

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
  { err }: Context,
): Promise<void> {
  const counts = new Map<string, Promise<Polynomial>>();
  const jobs = Math.min(options.jobs ?? availableParallelism(), entries.length);
  const start = performance.now();
  let [next, done] = [0, 0];

  async function worker(): Promise<void> {
    for (let entry = entries[next++]; entry; entry = entries[next++]) {
      const run = join(resolve(comparison.folder), entry.name);
      const begin = performance.now();
      const failure = await runOnce(entry, run);
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
    comparison.add(run);
    if (existsSync(run) && isDone(run)) return undefined;
    const log = join(comparison.folder, `${entry.name}.log`);
    const begun = existsSync(join(run, 'trainer.safetensors'));
    if (!begun) rmSync(run, { recursive: true, force: true });
    let answer = await (begun
      ? call(task.app, [task.train[0] as string, '--resume', run], { log })
      : sized(entry).then((sizes) =>
          call(task.app, [...words, ...sizes, ...options.words, '--threads', '1', '--out', run], { log }),
        ));
    if ('failure' in answer) return answer.failure;
    if (!task.show) return undefined;
    answer = await call(task.app, [...task.show.words(run), '--threads', '1'], { log });
    if ('failure' in answer) return `trained, but could not show what it learnt: ${answer.failure}`;
    writeAtomically(join(run, SAMPLES_FILE), printJson(task.show.read(answer.result)));
    return undefined;
  }

  async function sized(entry: Entry): Promise<string[]> {
    const hidden = options.equalParameters ? await equalHidden(entry, counts) : entry.hidden;
    return entry.task.size.flatMap((flag) => [flag, String(hidden)]);
  }

  err.write(`${entries.length} runs, ${jobs} at a time, into ${comparison.folder}\n`);
  await Promise.all(Array.from({ length: jobs }, worker));
  err.write(`All done in ${duration((performance.now() - start) / 1000)}.\n`);
}

const isDone = (run: string): boolean => existsSync(join(run, 'run.json')) && isFinished(run);

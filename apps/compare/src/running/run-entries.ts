import { existsSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Context,
  duration,
  FolderLock,
  Interrupt,
  Interrupted,
  isLockFile,
  lockHolder,
  printJson,
  writeAtomically,
} from '@unroll/run';
import { equalHiddenSize, type ParameterCounts } from '../matrix/equal-parameters.ts';
import { type Entry, sizeFlags } from '../matrix/matrix.ts';
import { isFinished, SAMPLES_FILE } from '../report/read-run.ts';
import { call } from './application.ts';
import type { Comparison } from './comparison.ts';

export interface RunningOptions {
  /** How many runs at a time; by default one a core. */
  readonly jobs?: number | undefined;
  /** Which backend computes; runs that continue keep theirs. */
  readonly backend: string;
  /** The command that continues the comparison. */
  readonly again: string;
}

/**
 * Runs what is not yet done of a comparison, each run in its own process with one thread, so that they disturb each
 * other as little as the machine allows. A run that was cut off resumes from its last checkpoint; one that fails is noted
 * and leaves the others alone.
 */
export async function runEntries(
  comparison: Comparison,
  { jobs: most = availableParallelism(), backend, again }: RunningOptions,
  { err, invocation }: Context,
): Promise<void> {
  using interrupt = new Interrupt(() => err.write('Stopping once the runs in progress have saved.\n'));
  const { signal } = interrupt;
  const { entries, plan } = comparison;
  const equalParameters = 'matrix' in plan && plan.matrix.equal === 'parameters';
  const counts: ParameterCounts = new Map();
  const machine = ['--backend', backend, '--threads', '1'];
  const jobs = Math.min(most, entries.length);
  const start = performance.now();
  let [next, done, failed] = [0, 0, 0];

  async function worker(): Promise<void> {
    for (let entry = entries[next++]; entry && !signal.aborted; entry = entries[next++]) {
      const begin = performance.now();
      const failure = await runOnce(entry);
      if (signal.aborted) return;
      comparison.ended(entry, failure);
      if (failure !== undefined) failed++;
      const took = duration((performance.now() - begin) / 1000);
      err.write(
        `${++done}/${entries.length} ${entry.name}: ${failure === undefined ? `done in ${took}` : `failed: ${failure}`}\n`,
      );
    }
  }

  /** @returns why it failed */
  async function runOnce(entry: Entry): Promise<string | undefined> {
    const { task, words } = entry;
    const run = comparison.runFolder(entry);
    const log = join(comparison.folder, `${entry.name}.log`);
    const ask = (...words: readonly string[]) =>
      call(task.app, words, { log, signal, invocation: invocation.replaceAll('compare', task.app) });
    try {
      await untilFree(run, signal);
      if (!isFinished(run)) {
        const isBegun = existsSync(join(run, 'trainer.safetensors'));
        if (!isBegun) clear(run);
        const answer = isBegun
          ? await ask(task.train[0], '--resume', run)
          : await ask(...words, ...(await sized(entry)), ...machine, '--out', run);
        if ('failure' in answer) return answer.failure;
      }
      const samples = join(run, SAMPLES_FILE);
      if (!task.samples || existsSync(samples)) return undefined;
      const answer = await ask(...task.samples.words(run), ...machine);
      if ('failure' in answer) err.write(`${entry.name}: trained, but without samples: ${answer.failure}\n`);
      else writeAtomically(samples, printJson(task.samples.read(answer.result)));
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async function sized(entry: Entry): Promise<string[]> {
    return sizeFlags(entry, equalParameters ? await equalHiddenSize(entry, counts) : entry.hiddenSize);
  }

  err.write(`${entries.length} runs, ${jobs} at a time, into ${comparison.folder}\n`);
  await Promise.all(Array.from({ length: jobs }, worker));
  if (signal.aborted) throw new Interrupted(`stopped; continue with: ${again}`);
  const took = duration((performance.now() - start) / 1000);
  err.write(failed === 0 ? `All done in ${took}.\n` : `${failed} of ${entries.length} runs failed, after ${took}.\n`);
}

const PATIENCE_SECONDS = 60;

/**
 * Waits for who trains in a run's folder. A run whose comparison was killed ends itself after its step; one that somebody resumed goes
 * on, and after a minute the folder is left to it: what is done next says that it is in progress.
 */
async function untilFree(run: string, signal: AbortSignal): Promise<void> {
  const end = performance.now() + PATIENCE_SECONDS * 1000;
  while (existsSync(run) && lockHolder(run) && performance.now() < end && !signal.aborted) await sleep(100);
}

/** Empties the folder of a run that had no checkpoint yet. @throws LockedError when somebody trains in it */
function clear(run: string): void {
  if (!existsSync(run)) return;
  using _ = FolderLock.acquire(run, 'run');
  for (const name of readdirSync(run)) if (!isLockFile(name)) rmSync(join(run, name), { recursive: true });
}

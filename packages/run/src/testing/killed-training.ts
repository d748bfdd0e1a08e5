import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCheckpoint } from '../training/checkpoint-file.ts';
import { readMetrics } from '../training/metrics-log.ts';

/** A training to be killed. */
export interface KilledTraining {
  /** The program's entry file. */
  readonly cli: string;
  /** The flags of `train`, without `--out`. */
  readonly flags: readonly string[];
  /** Where the two run folders go. */
  readonly folder: string;
  /** After how many more steps it is killed, each time. */
  readonly kills: readonly number[];
}

/**
 * Trains twice, each time in processes of their own: once undisturbed, and once killed without warning and resumed, again
 * and again.
 *
 * @returns the two run folders
 * @throws Error when a training failed, or was over before it could be killed
 */
export async function trainKilled({ cli, flags, folder, kills }: KilledTraining): Promise<{
  whole: string;
  killed: string;
}> {
  const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')];
  await train(cli, [...flags, '--out', whole]);
  let words: readonly string[] = [...flags, '--out', killed];
  for (const further of kills) {
    await train(cli, words, { run: killed, step: lastStep(killed) + further });
    words = ['--resume', killed];
  }
  await train(cli, words);
  return { whole, killed };
}

/** All that a run leaves and that must not depend on how often it was killed; times are left out. */
export function remainsOf(run: string, app: string): object {
  const { tensors, state } = readCheckpoint(join(run, 'trainer.safetensors'), { app });
  const losses = readMetrics(join(run, 'metrics.jsonl')).map(({ step, loss }) => [step, loss]);
  return { tensors, state: { ...state, seconds: 0 }, losses, model: readFileSync(join(run, 'model.safetensors')) };
}

async function train(cli: string, words: readonly string[], kill?: { run: string; step: number }): Promise<void> {
  const argv = ['--import', 'tsx', '-C', 'unroll-source', cli, 'train', ...words];
  const child = spawn(process.execPath, argv, { stdio: 'ignore' });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  if (kill) {
    while (child.exitCode === null && lastStep(kill.run) < kill.step) await sleep(1);
    child.kill('SIGKILL');
  }
  const [code] = await ended;
  if (code !== (kill ? null : 0)) throw new Error(`train ${words.join(' ')} ended with ${code}`);
}

/** The step of the last record on disk; 0 before there is one. */
function lastStep(run: string): number {
  try {
    return readMetrics(join(run, 'metrics.jsonl')).at(-1)?.step ?? 0;
  } catch {
    return 0;
  }
}

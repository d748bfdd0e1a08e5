import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Rng } from '@unroll/rnn-core';
import { readCheckpoint } from '../training/checkpoint-file.ts';
import { readMetrics } from '../training/metrics-log.ts';
import { readRunRecord } from '../training/run-record.ts';
import { bundledProgram } from './bundled-program.ts';

/** A training to be killed. */
export interface KilledTraining {
  readonly app: string;
  /** The program's entry file. */
  readonly cli: string;
  /** The flags of `train`, without `--out`. */
  readonly flags: readonly string[];
  /** Where the run folders go. */
  readonly folder: string;
  /** How many more steps it may do before it is killed again, at most. */
  readonly steps: number;
  /** How many pairs of resumes are killed. */
  readonly pairs: number;
  readonly seed: number;
}

const STARTING_SECONDS = 2; // while a process starts it is killed too

/**
 * Trains in processes of their own: once undisturbed, and again killed without warning and resumed by two processes at once,
 * of which one or both are killed, again and again. A training that ends before it was killed often enough is begun anew.
 *
 * @returns what the undisturbed run left, and what each of the others did
 * @throws Error when a process ended otherwise than it must: of two, one trains and the other says so
 */
export async function trainKilled(given: KilledTraining): Promise<{ whole: object; killed: readonly object[] }> {
  const { app, folder, flags, pairs, seed } = given;
  const training = { ...given, cli: await bundledProgram(given.cli, 'killed') };
  const rng = Rng.seeded(seed);
  const killed: object[] = [];
  const whole = join(folder, 'whole');
  await endOf([start(training, [...flags, '--out', whole])], whole);
  for (let done = 0; done < pairs; ) {
    const run = join(folder, `killed-${killed.length}`);
    const resume = ['--resume', run];
    const first = start(training, [...flags, '--out', run]);
    await untilStep(run, 1 + rng.integer(training.steps), [first]);
    await kill([first]);
    for (let isWhole = false; !isWhole; done++) {
      const pair = [start(training, resume)];
      await sleep(rng.integer(2) * 100 * rng.uniform());
      pair.push(start(training, resume));
      if (done < pairs) await killPair(training, run, pair, rng);
      isWhole = await endOf(pair, run);
    }
    killed.push(remainsOf(run, app));
  }
  return { whole: remainsOf(whole, app), killed };
}

/** Kills one or both, and the other later, unless they end by themselves. */
async function killPair({ steps }: KilledTraining, run: string, pair: readonly Killed[], rng: Rng): Promise<void> {
  while (pair.some(isAlive)) {
    const step = lastStep(run) + 1 + rng.integer(steps);
    await Promise.race([untilStep(run, step, pair), sleep(1000 * STARTING_SECONDS * rng.uniform())]);
    await kill([pair, pair.slice(0, 1), pair.slice(1)][rng.integer(3)] as Killed[]);
  }
}

/** All that a run leaves and that must not depend on how often it was killed; times are left out. */
function remainsOf(run: string, app: string): object {
  const { tensors, state } = readCheckpoint(join(run, 'trainer.safetensors'), { app });
  const { result, usage: _, started: __, command: ___, config, ...record } = readRunRecord(run, app);
  return {
    files: readdirSync(run).toSorted(),
    tensors,
    state: { ...state, seconds: 0 },
    record: { ...record, config: { ...config, out: '', resume: '' }, parameters: result?.['parameters'] },
    metrics: readMetrics(join(run, 'metrics.jsonl')).map((record) => ({ ...record, seconds: 0 })),
    model: readFileSync(join(run, 'model.safetensors')),
  };
}

interface Killed {
  readonly child: ChildProcess;
  readonly words: string;
  /** How it ended: its exit code, or undefined when it was killed. */
  readonly ended: Promise<number | undefined>;
  said: string;
}

function start({ cli }: KilledTraining, words: readonly string[]): Killed {
  const child = spawn(process.execPath, [cli, 'train', ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<number | undefined>((resolve) => child.on('close', (code) => resolve(code ?? undefined)));
  const killed: Killed = { child, words: words.join(' '), ended, said: '' };
  child.stderr?.on('data', (chunk) => (killed.said += String(chunk)));
  return killed;
}

const isAlive = ({ child }: Killed): boolean => child.exitCode === null && child.signalCode === null;

async function kill(processes: readonly Killed[]): Promise<void> {
  for (const { child } of processes) child.kill('SIGKILL');
  await Promise.all(processes.map(({ ended }) => ended));
}

/**
 * Waits for processes that train in one folder.
 *
 * @returns whether one of them finished
 * @throws Error when one ended otherwise than by being killed, by finishing, or by saying that another one trains
 */
async function endOf(processes: readonly Killed[], run: string): Promise<boolean> {
  const codes = await Promise.all(processes.map(({ ended }) => ended));
  for (const [k, { words, said }] of processes.entries()) {
    const others = processes.filter((_, other) => other !== k).map(({ child }) => `(pid ${child.pid})`);
    const isRefused =
      codes[k] === 1 && others.some((pid) => said.endsWith(`${run}: this run is in progress ${pid}\n`));
    if (codes[k] !== undefined && codes[k] !== 0 && !isRefused)
      throw new Error(`train ${words} ended with ${codes[k]}: ${said}`);
  }
  const trained = processes.filter(({ said }, k) => codes[k] === 0 && !said.includes(' has already done its '));
  if (trained.length > 1) throw new Error(`train ${processes[0]?.words}: two trained at once`);
  if (codes.every((code) => code === 1)) throw new Error(`each says that the other trains: ${processes[0]?.said}`);
  return codes.includes(0);
}

async function untilStep(run: string, step: number, processes: readonly Killed[]): Promise<void> {
  while (processes.some(isAlive) && lastStep(run) < step) await sleep(5);
}

/** The step of the last record of a run that may be in progress; 0 before there is one. */
export function lastStep(run: string): number {
  try {
    return readMetrics(join(run, 'metrics.jsonl')).at(-1)?.step ?? 0;
  } catch {
    return 0;
  }
}

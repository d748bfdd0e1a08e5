import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { descriptionHashes, type JsonObject, Rng } from '@unroll/rnn-core';
import type { Program } from '../cli/program.ts';
import { readText } from '../files/file.ts';
import { readCheckpoint, writeCheckpoint } from '../training/checkpoint-file.ts';
import { callProgram } from './called-program.ts';
import { mutatedJson } from './mutated-json.ts';

/** A run's folder whose files are damaged, and what is called on it. */
export interface FuzzedRun {
  readonly program: Program;
  /** The app that wrote the run. */
  readonly app: string;
  /** A trained run, which stays as it is. */
  readonly run: string;
  /** The command lines, with `DIR` for the damaged folder. */
  readonly calls: readonly (readonly string[])[];
  readonly times: number;
  readonly seed: number;
}

const FILES = ['config.json', 'tokenizer.json', 'run.json', 'metrics.jsonl', 'trainer.safetensors'] as const;
const SLOW_SECONDS = 20;

/**
 * Calls a program on a run one of whose files is changed at random: half of the time as somebody would who makes the sums of
 * the files agree again. A call must end soon, with success or with one line that names the file or the folder, and a refused one
 * must leave the folder as it was.
 *
 * @returns what went wrong, a line each
 */
export async function fuzzRun({ program, app, run, calls, times, seed }: FuzzedRun): Promise<string[]> {
  const folder = `${run}-fuzzed`;
  const wrong: string[] = [];
  for (let k = 0; k < times; k++) {
    const rng = Rng.seeded(seed).split(k);
    const name = FILES[rng.integer(FILES.length)] as (typeof FILES)[number];
    const words = (calls[rng.integer(calls.length)] as string[]).map((word) => word.replace('DIR', folder));
    rmSync(folder, { recursive: true, force: true });
    cpSync(run, folder, { recursive: true });
    damage(folder, app, name, rng);
    const before = contentOf(folder);
    const start = performance.now();
    const { code, err } = await callProgram(program, words);
    const seconds = (performance.now() - start) / 1000;
    const complain = (what: string): unknown =>
      wrong.push(`seed ${seed}, call ${k}, ${name}: ${words.join(' ')}: ${what}`);
    if (seconds > SLOW_SECONDS) complain(`took ${seconds.toFixed(1)} s`);
    if (code === 0) continue;
    const line = err.trimEnd().split('\n').at(-1) ?? '';
    if ((code !== 1 && code !== 2) || line.includes('UNROLL_DEBUG')) complain(`${code} ${line}`);
    else if (![folder, ': cannot read ', 'memory must be had'].some((part) => line.includes(part)))
      complain(`names no file: ${line}`); // a configuration may ask for a model that no memory holds
    if (err.includes('\n    at ')) complain(`a stack trace: ${err}`);
    if (contentOf(folder) !== before && !line.includes('training stopped')) complain(`changed the folder: ${line}`);
  }
  return wrong;
}

function damage(folder: string, app: string, name: (typeof FILES)[number], rng: Rng): void {
  const file = join(folder, name);
  if (name === 'trainer.safetensors') {
    const checkpoint = readCheckpoint(file, { app });
    try {
      const state = JSON.parse(mutatedJson(JSON.stringify(checkpoint.state), rng)) as JsonObject;
      writeCheckpoint(file, { ...checkpoint, state, hashes: descriptionHashes(descriptions(folder)) });
    } catch {
      // not JSON: the file cannot say that
    }
    return;
  }
  if (name === 'metrics.jsonl') {
    const lines = readText(file).trimEnd().split('\n');
    const at = rng.integer(lines.length);
    lines[at] = mutatedJson(lines[at] as string, rng);
    writeFileSync(file, `${lines.join('\n')}\n`);
    return;
  }
  writeFileSync(file, mutatedJson(readText(file), rng));
  if (rng.integer(2) === 1 && name !== 'run.json') seal(folder, app);
}

/** Makes the checkpoints say that they belong to the configuration and the tokenizer beside them. */
function seal(folder: string, app: string): void {
  for (const name of ['model.safetensors', 'trainer.safetensors']) {
    const file = join(folder, name);
    const checkpoint = readCheckpoint(file, { app });
    try {
      const { app: _, ...model } = JSON.parse(readText(join(folder, 'config.json'))) as JsonObject;
      writeCheckpoint(file, { ...checkpoint, model, hashes: descriptionHashes(descriptions(folder)) });
    } catch {
      // no configuration to agree with
    }
  }
}

const descriptions = (folder: string) => ({
  'config.json': readFileSync(join(folder, 'config.json')),
  'tokenizer.json': readFileSync(join(folder, 'tokenizer.json')),
});

const contentOf = (folder: string): string =>
  readdirSync(folder)
    .toSorted()
    .map((name) => `${name} ${existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'base64') : ''}`)
    .join('\n');

import { existsSync, realpathSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { ConfigError } from '@unroll/rnn-core';
import {
  checkFolder,
  createFolder,
  FolderLock,
  fileIn,
  parseJson,
  printJson,
  readText,
  sameJson,
  shortPaths,
  writeAtomically,
} from '@unroll/run';
import { z } from 'zod';
import { type Entry, entriesOf, matrixSchema } from '../matrix/matrix.ts';
import { memoryEntries, memoryMatrixSchema } from '../matrix/memory-matrix.ts';
import { failedRun, readRun } from '../report/read-run.ts';
import type { RunSummary } from '../report/run-summary.ts';

/** What is compared: a matrix, or memory tasks. */
const planSchema = z.union([
  z.strictObject({ matrix: matrixSchema }),
  z.strictObject({ memory: memoryMatrixSchema }),
]);

export type Plan = z.output<typeof planSchema>;

/** `comparison.json`: what is compared, and what became of it. */
const comparisonSchema = z.object({
  command: z.string(),
  plan: planSchema,
  /** Folders of other runs shown beside those of the plan, relative to this one. */
  added: z.array(z.string()),
  /** By the name of a run of the plan, why it failed. */
  failures: z.record(z.string(), z.string()),
});

const COMPARISON_FILE = 'comparison.json';

/**
 * A comparison on disk: a folder with a folder per run, and a file that says what is compared. It can be moved. Of those who train in
 * it there is one at a time; whoever only reports reads what is there.
 */
export class Comparison implements Disposable {
  readonly folder: string;
  readonly command: string;
  readonly plan: Plan;
  readonly #added: string[];
  readonly #failures: Record<string, string>;
  #lock: FolderLock | undefined;

  /**
   * A new comparison, or the same one in a folder that has it, to train in.
   *
   * @throws ConfigError when the folder holds another comparison
   * @throws LockedError when another process trains in it
   */
  static create(folder: string, command: string, plan: Plan): Comparison {
    checkFolder(folder);
    createFolder(folder);
    return Comparison.#locked(folder, () => {
      if (!Comparison.isAt(folder)) {
        const made = new Comparison(folder, { command, plan, added: [], failures: {} });
        made.#write();
        return made;
      }
      const found = Comparison.open(folder);
      if (!sameJson({ ...found.plan }, { ...plan }))
        throw new ConfigError(
          `--out must be a new folder, got ${folder}, which holds another comparison; continue that one with --resume ${folder}`,
        );
      return found;
    });
  }

  /**
   * The comparison in a folder, to train in.
   *
   * @throws CheckpointError when the folder holds no comparison
   * @throws LockedError when another process trains in it
   */
  static resume(folder: string): Comparison {
    Comparison.open(folder);
    return Comparison.#locked(folder, () => Comparison.open(folder));
  }

  /** The comparison in a folder, to be read. @throws CheckpointError when the folder holds no comparison */
  static open(folder: string): Comparison {
    const file = fileIn(folder, COMPARISON_FILE, { what: 'a comparison', writtenBy: 'run or memory' });
    return new Comparison(folder, parseJson(comparisonSchema, readText(file), file));
  }

  static #locked(folder: string, get: () => Comparison): Comparison {
    return FolderLock.around(folder, 'comparison', (lock) => {
      const comparison = get();
      comparison.#lock = lock;
      return comparison;
    });
  }

  static isAt(folder: string): boolean {
    return existsSync(join(folder, COMPARISON_FILE));
  }

  private constructor(folder: string, { command, plan, added, failures }: z.output<typeof comparisonSchema>) {
    this.folder = folder;
    this.command = command;
    this.plan = plan;
    this.#added = [...added];
    this.#failures = { ...failures };
  }

  /** The runs of the plan. */
  get entries(): Entry[] {
    return 'matrix' in this.plan ? entriesOf(this.plan.matrix) : memoryEntries(this.plan.memory);
  }

  /** The folder of a run of the plan. */
  runFolder({ name }: Entry): string {
    return join(this.folder, name);
  }

  /** Shows another run with those of the plan. @throws CheckpointError when there is none */
  add(run: string): void {
    readRun(run);
    const path = relative(realpathSync(this.folder), realpathSync(run));
    if (this.#added.includes(path)) return;
    this.#added.push(path);
    this.#write();
  }

  /** Notes how a run ended: why it failed, or that it did not. */
  ended({ name }: Entry, failure: string | undefined): void {
    if (failure === undefined) delete this.#failures[name];
    else this.#failures[name] = failure;
    this.#write();
  }

  /** Every run that has begun or failed, and those added. */
  summaries(): RunSummary[] {
    const { equal, score = 'task' } = 'matrix' in this.plan ? this.plan.matrix : {};
    const isTimed = equal === 'minutes';
    const own = this.entries.flatMap((entry) => {
      const { name, task, cell, hiddenSize, seed, delay, variant } = entry;
      const folder = this.runFolder(entry);
      const failure = this.#failures[name];
      const named = variant !== undefined && { variant };
      if (existsSync(join(folder, 'run.json'))) return { ...readRun(folder, { failure, score, isTimed }), ...named };
      if (failure === undefined) return [];
      const known = { task: task.name, cell, hiddenSize, seed, ...(delay !== undefined && { delay }), ...named };
      return failedRun(folder, failure, known, score);
    });
    return [...own, ...this.#added.map((path) => readRun(join(this.folder, path), { score }))];
  }

  [Symbol.dispose](): void {
    this.#lock?.[Symbol.dispose]();
  }

  #write(): void {
    const { folder, command, plan } = this;
    const content = { command, plan: { ...plan }, added: this.#added, failures: this.#failures };
    writeAtomically(join(folder, COMPARISON_FILE), printJson(content));
  }
}

/**
 * The runs of folders, each a comparison or one run; a run that is in several of them counts once.
 * @throws CheckpointError when one is neither
 */
export function summariesOf(folders: readonly string[]): RunSummary[] {
  const runs = folders.flatMap((folder) =>
    Comparison.isAt(folder) ? Comparison.open(folder).summaries() : [readRun(folder)],
  );
  const once = [...new Map(runs.toReversed().map((run) => [realPath(run.folder), run])).values()].toReversed();
  const isNamed = new Set(once.map(({ name }) => name)).size === once.length;
  const names = shortPaths(once.map(({ folder }) => resolve(folder)));
  return isNamed ? once : once.map((run, k) => ({ ...run, name: names[k] ?? run.name }));
}

/** The path without links; of a run that failed before it had a folder, as it is. */
const realPath = (folder: string): string => (existsSync(folder) ? realpathSync(folder) : resolve(folder));

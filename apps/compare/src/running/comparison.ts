import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '@unroll/rnn-core';
import { createFolder, parseJson, printJson, readText, writeAtomically } from '@unroll/run';
import { z } from 'zod';
import { type Matrix, matrixSchema } from '../matrix/matrix.ts';
import { type RunSummary, summaryOf } from '../report/run-summary.ts';

/** `comparison.json`: what is compared, and what became of it. */
const comparisonSchema = z.object({
  command: z.string(),
  matrix: matrixSchema.optional(),
  /** Folders of runs, those of the matrix and those added. */
  runs: z.array(z.string()),
  /** By folder, why a run failed. */
  failures: z.record(z.string(), z.string()),
});

const COMPARISON_FILE = 'comparison.json';

/** A comparison on disk: runs, a folder each, and a file that lists them. */
export class Comparison {
  readonly folder: string;
  readonly command: string;
  readonly matrix: Matrix | undefined;
  readonly #runs: string[];
  readonly #failures: Record<string, string>;

  /** @throws ConfigError when there is one already, of another matrix */
  static create(folder: string, command: string, matrix: Matrix | undefined): Comparison {
    createFolder(folder);
    if (!existsSync(join(folder, COMPARISON_FILE))) {
      const made = new Comparison(folder, { command, ...(matrix && { matrix }), runs: [], failures: {} });
      made.#write();
      return made;
    }
    const found = Comparison.open(folder);
    if (JSON.stringify(found.matrix) !== JSON.stringify(matrix))
      throw new ConfigError(
        `--out must be a new folder, got ${folder}, which holds a comparison of another matrix; go on with that one by --continue ${folder}`,
      );
    return found;
  }

  /** @throws ConfigError when the folder holds no comparison */
  static open(folder: string): Comparison {
    const file = join(folder, COMPARISON_FILE);
    if (!existsSync(file))
      throw new ConfigError(
        `${folder}: must be a folder that compare run has made, got one without ${COMPARISON_FILE}`,
      );
    return new Comparison(folder, parseJson(comparisonSchema, readText(file), file));
  }

  static isAt(folder: string): boolean {
    return existsSync(join(folder, COMPARISON_FILE));
  }

  private constructor(folder: string, { command, matrix, runs, failures }: z.output<typeof comparisonSchema>) {
    this.folder = folder;
    this.command = command;
    this.matrix = matrix;
    this.#runs = [...runs];
    this.#failures = { ...failures };
  }

  /** Takes a run in. */
  add(run: string): void {
    if (this.#runs.includes(run)) return;
    this.#runs.push(run);
    this.#write();
  }

  /** Notes how a run ended: why it failed, or that it did not. */
  ended(run: string, failure: string | undefined): void {
    if (failure === undefined) delete this.#failures[run];
    else this.#failures[run] = failure;
    this.#write();
  }

  /** Every run that has begun. */
  summaries(): RunSummary[] {
    return this.#runs
      .filter((run) => existsSync(join(run, 'run.json')))
      .map((run) => summaryOf(run, this.#failures[run]));
  }

  /** Runs that failed before they had a folder to tell of, with the reason. */
  get stillborn(): readonly (readonly [run: string, failure: string])[] {
    return Object.entries(this.#failures).filter(([run]) => !existsSync(join(run, 'run.json')));
  }

  #write(): void {
    const { folder, command, matrix } = this;
    writeAtomically(
      join(folder, COMPARISON_FILE),
      printJson({ command, ...(matrix && { matrix }), runs: this.#runs, failures: this.#failures }),
    );
  }
}

/**
 * The runs of folders, each a comparison or one run.
 * @throws CheckpointError when one is neither
 */
export const summariesOf = (folders: readonly string[]): RunSummary[] =>
  folders.flatMap((folder) => (Comparison.isAt(folder) ? Comparison.open(folder).summaries() : [summaryOf(folder)]));

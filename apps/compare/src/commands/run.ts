import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '@unroll/rnn-core';
import { type Context, type JsonObject, readText } from '@unroll/run';
import type { RunConfig } from '../config.ts';
import { entriesOf, type Matrix, matrixSchema } from '../matrix/matrix.ts';
import { publish } from '../report/publication.ts';
import { Comparison } from '../running/comparison.ts';
import { runEntries } from '../running/run-entries.ts';

/** `run`: trains what a matrix asks for and reports on it. */
export async function runComparison(config: RunConfig, context: Context): Promise<JsonObject> {
  const comparison = config.continue === undefined ? created(config, context) : Comparison.open(config.continue);
  const { matrix } = comparison;
  if (!matrix)
    throw new ConfigError(
      `--continue must be a folder that compare run has made, got ${comparison.folder}, which has no matrix`,
    );
  for (const run of config.add) comparison.add(run);
  const { jobs, backend } = config;
  const equalParameters = matrix.equal === 'parameters';
  await runEntries(comparison, entriesOf(matrix), { jobs, equalParameters, words: ['--backend', backend] }, context);
  return await publish(comparison, config.report, context);
}

function created(config: RunConfig, { command }: Context): Comparison {
  const matrix = changed(readMatrix(config.matrix), config);
  const folder = config.out ?? freeFolder(`compare-${basename(config.matrix, '.json')}`);
  return Comparison.create(folder, command, matrix);
}

const BUILT_IN = new URL('../../matrices/', import.meta.url);

/** @throws ConfigError when the file is not a matrix */
function readMatrix(name: string): Matrix {
  const builtIn = fileURLToPath(new URL(`${name}.json`, BUILT_IN));
  const file = existsSync(builtIn) ? builtIn : name;
  if (!existsSync(file)) {
    const names = readdirSync(fileURLToPath(BUILT_IN)).map((file) => basename(file, '.json'));
    throw new ConfigError(`--matrix must be a file or one of ${names.join(', ')}, got ${name}`);
  }
  let content: unknown;
  try {
    content = JSON.parse(readText(file));
  } catch {
    throw new ConfigError(`${file}: must be JSON`);
  }
  const parsed = matrixSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ConfigError(`${file}: ${issue?.path.join('.') || 'the matrix'}: ${issue?.message}`);
}

/** The matrix with what the flags say in place of what the file says. */
function changed(matrix: Matrix, { tasks, cells, hidden, seeds, equal, steps, minutes }: RunConfig): Matrix {
  const flagsOf = (task: string): string[] => {
    const flags = matrix.tasks[task] ?? [];
    const length = steps ?? minutes;
    return length === undefined ? flags : withoutLength(flags);
  };
  const names = tasks ?? Object.keys(matrix.tasks);
  return {
    ...matrix,
    tasks: Object.fromEntries(names.map((task) => [task, flagsOf(task)])),
    ...(cells && { cells }),
    ...(hidden && { hidden }),
    ...(seeds && { seeds }),
    ...(equal && { equal }),
    ...(steps !== undefined && { steps }),
    ...(minutes !== undefined && { minutes, equal: 'minutes' as const }),
  };
}

const withoutLength = (flags: readonly string[]): string[] =>
  flags.filter(
    (flag, k) => !['--steps', '--minutes'].includes(flag) && !['--steps', '--minutes'].includes(flags[k - 1] ?? ''),
  );

/** `runs/<name>-1`, or the first number nobody has. */
export function freeFolder(name: string): string {
  for (let number = 1; ; number++) {
    const path = join('runs', `${name}-${number}`);
    if (!existsSync(path)) return path;
  }
}

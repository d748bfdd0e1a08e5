import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CELL_NAMES, CheckpointError, ConfigError } from '@unroll/rnn-core';
import {
  type Context,
  command,
  didYouMean,
  flagName,
  type JsonObject,
  nextFreeFolder,
  parseUserJson,
  readText,
  shellQuoted,
  withoutFlags,
} from '@unroll/run';
import { z } from 'zod';
import { has, LENGTH_FLAGS, type Matrix, parseMatrix, repeated } from '../matrix/matrix.ts';
import { checkReport, publish } from '../report/publish.ts';
import { manifestFile } from '../running/application.ts';
import { Comparison } from '../running/comparison.ts';
import { runEntries } from '../running/run-entries.ts';
import { COMPARED_TASKS } from '../tasks/compared-task.ts';
import { isNew, NEW, numbers, runningFlags, runningRenamed } from './running-flags.ts';

const section = 'Matrix';
const runSchema = z.object({
  matrix: z.string().min(1).default('quick').meta({
    description: 'matrix file, or a built-in one: quick, full, learning-rates or averaging',
    placeholder: 'FILE',
    section,
  }),
  tasks: z
    .array(z.enum([...COMPARED_TASKS.keys()]))
    .min(1)
    .optional()
    .meta({
      description: 'tasks to train, in place of those of the matrix',
      values: () => [...COMPARED_TASKS.keys()].join(', '),
      placeholder: 'TASK,…',
      section,
    }),
  cells: z
    .array(z.enum([...CELL_NAMES, 'relu']))
    .min(1)
    .optional()
    .meta({
      description: 'cells to train, in place of those of the matrix; relu = an RNN with relu in place of tanh',
      section,
    }),
  hiddenSize: numbers('hidden units of each layer, in place of those of the matrix', 1).optional(),
  seeds: numbers('seeds, one run each, in place of those of the matrix', 0).optional(),
  equal: z.enum(['steps', 'minutes', 'parameters']).optional().meta({
    description:
      'what the runs of a task have in common; parameters = the same steps and number of parameters; --hidden-size is that of the LSTM',
    section,
  }),
  steps: z.int().min(1).optional().meta({ description: 'optimiser steps of every run', section }),
  minutes: z.number().positive().optional().meta({
    description: 'minutes of every run; the same as --equal minutes',
    section,
  }),
  add: z.array(z.string().min(1)).default([]).meta({
    description: 'folders of finished runs to show beside them',
    placeholder: 'DIR,…',
    section,
  }),
  ...runningFlags,
});

type RunConfig = z.output<typeof runSchema>;

/** `run`: trains what a matrix asks for and reports on it. */
export const runCommand = command({
  schema: runSchema,
  exclusive: [['steps', 'minutes']],
  renamed: { hidden: 'hiddenSize', ...runningRenamed },
  requires: [
    {
      flags: ['tasks', 'cells', 'hiddenSize', 'seeds', 'steps', 'minutes', 'equal', 'matrix', 'out'],
      when: isNew,
      needs: NEW,
    },
    { flags: ['minutes'], when: ({ equal = 'minutes' }) => equal === 'minutes', needs: '--equal minutes' },
    { flags: ['steps'], when: ({ equal }) => equal !== 'minutes', needs: '--equal steps or parameters' },
  ],
  run: runComparison,
});

async function runComparison(config: RunConfig, context: Context): Promise<JsonObject> {
  checkReport(config.report);
  using comparison = config.resume === undefined ? created(config, context) : Comparison.resume(config.resume);
  if (!('matrix' in comparison.plan))
    throw new CheckpointError(
      `${comparison.folder}: is a comparison of compare memory, not of compare run; use memory --resume`,
    );
  for (const run of config.add) comparison.add(run);
  const again = `${context.invocation} run --resume ${shellQuoted(comparison.folder)}`;
  await runEntries(comparison, { ...config, again }, context);
  return await publish(comparison, config.report, context, again);
}

function created(config: RunConfig, { command }: Context): Comparison {
  const matrix = changed(readMatrix(config.matrix), config);
  checkChanges(config, matrix);
  for (const task of Object.keys(matrix.tasks)) manifestFile(COMPARED_TASKS.get(task)?.app ?? task, task);
  const folder = config.out ?? nextFreeFolder(`compare-${basename(config.matrix, '.json')}`);
  return Comparison.create(folder, command, { matrix });
}

const BUILT_IN = new URL('../../matrices/', import.meta.url);

/**
 * @throws ConfigError when there is no such file
 * @throws DataError when it is not a matrix
 */
function readMatrix(name: string): Matrix {
  const builtIn = fileURLToPath(new URL(`${name}.json`, BUILT_IN));
  const file = existsSync(builtIn) ? builtIn : name;
  if (!existsSync(file)) {
    const names = readdirSync(fileURLToPath(BUILT_IN)).map((file) => basename(file, '.json'));
    throw new ConfigError(
      `--matrix must be a file or one of ${names.join(', ')}, got ${name}${didYouMean(name, names)}`,
    );
  }
  return parseMatrix(parseUserJson(readText(file), file, 'a matrix in JSON'), file);
}

/** @throws ConfigError when the flags name something twice, or no length */
function checkChanges(config: RunConfig, { equal, minutes, tasks }: Matrix): void {
  for (const key of ['tasks', 'cells', 'hiddenSize', 'seeds'] as const) {
    const twice = repeated<string | number>(config[key] ?? []);
    if (twice !== undefined) throw new ConfigError(`${flagName(key)} must have ${twice} once, got it twice`);
  }
  const isOpen = Object.values(tasks).some((flags) => !has(flags, '--minutes'));
  if (equal === 'minutes' && minutes === undefined && isOpen)
    throw new ConfigError('--minutes must be given with --equal minutes, got none; for example --minutes 5');
}

/** The matrix with what the flags say in place of what the file says. */
function changed(matrix: Matrix, config: RunConfig): Matrix {
  const { steps, minutes, cells = matrix.cells, hiddenSize = matrix.hiddenSize, seeds = matrix.seeds } = config;
  const equal = config.equal ?? (minutes !== undefined ? 'minutes' : equalInSteps(matrix, steps));
  const isTimed = equal === 'minutes';
  const isOwnLength = steps === undefined && minutes === undefined && isTimed === (matrix.equal === 'minutes');
  const tasks = (config.tasks ?? Object.keys(matrix.tasks)).map((task) => {
    const flags = [...(matrix.tasks[task] ?? COMPARED_TASKS.get(task)?.flags ?? [])];
    return [task, isOwnLength ? flags : withoutFlags(flags, LENGTH_FLAGS)] as const;
  });
  const { steps: ownSteps, minutes: ownMinutes, ...others } = matrix;
  return {
    ...others,
    tasks: Object.fromEntries(tasks),
    cells,
    hiddenSize,
    seeds,
    equal,
    ...(isTimed ? { minutes: minutes ?? ownMinutes } : { steps: steps ?? ownSteps }),
  };
}

/** `--steps` makes runs of equal minutes runs of equal steps. */
const equalInSteps = ({ equal }: Matrix, steps: number | undefined): Matrix['equal'] =>
  equal === 'minutes' && steps !== undefined ? 'steps' : equal;

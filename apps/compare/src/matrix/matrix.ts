import { DataError } from '@unroll/rnn-core';
import { didYouMean, renamedKey, withFlags } from '@unroll/run';
import { z } from 'zod';
import { COMPARED_TASKS, type ComparedTask } from '../tasks/compared-task.ts';
import { CELLS, matrixFault } from './matrix-fault.ts';

const positive = z.int().min(1);

/** What is compared with what. A matrix file holds exactly this. */
export const matrixSchema = z.strictObject({
  /** What the file is for. */
  about: z.string().optional(),
  /** By the task's name, the flags its application is called with besides those below. */
  tasks: z.record(z.string(), z.array(z.string())),
  /** By a name that folders can have, more flags: every run is made with each of them. */
  variants: z.record(z.string(), z.array(z.string())).optional(),
  cells: z.array(z.enum(CELLS)).min(1),
  /** By task and cell, the learning rate; where there is none, that of the task's flags. */
  lr: z.record(z.string(), z.partialRecord(z.enum(CELLS), z.number().positive())).optional(),
  /** Hidden sizes. */
  hiddenSize: z.array(positive).min(1),
  seeds: z.array(z.int().min(0)).min(1),
  /** What the runs of a task have in common: steps; minutes; or steps and the number of parameters. */
  equal: z.enum(['steps', 'minutes', 'parameters']),
  /** Of tasks whose flags give none. */
  steps: positive.optional(),
  /** Likewise. */
  minutes: z.number().positive().optional(),
  /** What is compared: the task's own score, on the test set if there is one; or the lowest validation loss. */
  score: z.enum(['task', 'validation-loss']).default('task'),
  /** Steps between two gradient snapshots; 0 = never. */
  probeGradients: z.int().min(0).default(50),
});

export type Matrix = z.output<typeof matrixSchema>;

/** Earlier names of keys. */
export const MATRIX_RENAMED = { hidden: 'hiddenSize', watchGradients: 'probeGradients' } as const;

/**
 * Checks what a matrix file holds.
 *
 * @param file its name, for errors
 * @throws DataError naming the key
 */
export function parseMatrix(content: unknown, file: string): Matrix {
  for (const key of Object.keys(content ?? {})) {
    const today = renamedKey(key, MATRIX_RENAMED);
    if (today) throw new DataError(`${file}: ${key} is now called ${today}`);
  }
  const parsed = matrixSchema.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues as [z.core.$ZodIssue];
    throw new DataError(`${file}: ${matrixFault(issue, content, Object.keys(matrixSchema.shape))}`);
  }
  checkMatrix(parsed.data, file);
  return parsed.data;
}

/** One run of a comparison. */
export interface Entry {
  /** `char-lm-gru-64-s1`, `char-lm-gru-64-ema-s1`: its folder too. */
  readonly name: string;
  readonly task: ComparedTask;
  readonly cell: string;
  /** The size asked for; under equal parameters that of an LSTM, to which the others are fitted. */
  readonly hiddenSize: number;
  readonly seed: number;
  /** Of a memory task. */
  readonly delay?: number;
  readonly variant?: string;
  /** Everything for the application but the folder and the size. */
  readonly words: readonly string[];
}

/** Every run of a matrix, task by task. */
export function entriesOf(matrix: Matrix): Entry[] {
  const { tasks, variants = { '': [] }, cells, lr = {}, hiddenSize: sizes, seeds, probeGradients } = matrix;
  const entries: Entry[] = [];
  for (const [taskName, flags] of Object.entries(tasks)) {
    const task = taskNamed(taskName);
    for (const hiddenSize of sizes)
      for (const cell of cells)
        for (const [variant, more] of Object.entries(variants))
          for (const seed of seeds) {
            const settings = ['--cell', cell, '--seed', String(seed)];
            const rate = lr[taskName]?.[cell];
            const own = rate === undefined ? flags : [...flags, '--lr', String(rate)];
            const length = lengthFor(matrix, flags);
            const probed = probeFlags(probeGradients, stepsIn([...length, ...flags]));
            const words = [...task.train, ...settings, ...probed, ...length, ...withFlags(own, ...more)];
            const name = [taskName, cell, hiddenSize, variant, `s${seed}`].filter((part) => part !== '').join('-');
            entries.push({ name, task, cell, hiddenSize, seed, ...(variant && { variant }), words });
          }
  }
  return entries;
}

/** The flags that give a run its size; those that a task's own flags set are left alone. */
export const sizeFlags = ({ task, words }: Entry, hiddenSize: number): string[] =>
  task.size.flatMap((flag) => (has(words, flag) ? [] : [flag, String(hiddenSize)]));

/** @throws DataError when there is no such task */
function taskNamed(name: string, where = ''): ComparedTask {
  const task = COMPARED_TASKS.get(name);
  const names = [...COMPARED_TASKS.keys()];
  if (!task)
    throw new DataError(`${where}tasks must be among ${names.join(', ')}, got ${name}${didYouMean(name, names)}`);
  return task;
}

/** The flags of a task's length, and the one that each kind of comparison holds equal. */
export const LENGTH_FLAGS = ['--steps', '--minutes', '--epochs'] as const;

/** Flags of the applications that a matrix, or the comparison itself, sets for every run. */
const MATRIX_FLAGS: Readonly<Record<string, string>> = {
  '--cell': 'the cells of the matrix',
  '--seed': 'the seeds of the matrix',
  '--hidden-size': 'the hiddenSize of the matrix',
  '--probe-gradients': 'the probeGradients of the matrix',
  '--out': 'compare',
  '--resume': 'compare',
  '--threads': 'compare',
  '--backend': 'the --backend of compare',
  '--json': 'compare',
};

/**
 * Checks that a matrix says nothing twice and that its runs have in common what it promises.
 *
 * @throws DataError
 */
function checkMatrix({ tasks, variants = {}, lr = {}, equal, steps, minutes, ...lists }: Matrix, file: string): void {
  if (Object.keys(tasks).length === 0) throw new DataError(`${file}: tasks must name at least one, got none`);
  for (const key of ['cells', 'hiddenSize', 'seeds'] as const) {
    const twice = repeated<string | number>(lists[key]);
    if (twice !== undefined) throw new DataError(`${file}: ${key} must have ${twice} once, got it twice`);
  }
  for (const [name, flags] of Object.entries(tasks)) {
    taskNamed(name, `${file}: `);
    checkFlags(flags, MATRIX_FLAGS, `${file}: tasks.${name}`);
    const wanted = equal === 'minutes' ? '--minutes' : '--steps';
    const length = LENGTH_FLAGS.find((flag) => has(flags, flag));
    if (length !== undefined && length !== wanted)
      throw new DataError(`${file}: tasks.${name} must be given ${wanted} for equal ${equal}, got ${length}`);
    if (equal === 'minutes' && minutes === undefined && length === undefined)
      throw new DataError(`${file}: minutes must be given for equal minutes`);
  }
  for (const [name, flags] of Object.entries(variants)) {
    if (!/^\w[\w.-]*$/.test(name))
      throw new DataError(`${file}: variants must have names of letters, digits, dots and dashes, got ${name}`);
    checkFlags(flags, { ...MATRIX_FLAGS, ...LENGTH_SETTERS, ...rateSetter(lr) }, `${file}: variants.${name}`);
  }
  for (const name of Object.keys(lr)) {
    if (!(name in tasks)) {
      const names = Object.keys(tasks);
      throw new DataError(
        `${file}: lr must have tasks of the matrix, ${names.join(', ')}, got ${name}${didYouMean(name, names)}`,
      );
    }
    checkFlags(tasks[name] ?? [], rateSetter(lr), `${file}: tasks.${name}`);
  }
  if (equal === 'minutes' && steps !== undefined)
    throw new DataError(`${file}: steps has no effect with equal minutes; it needs equal steps or parameters`);
  if (equal !== 'minutes' && minutes !== undefined)
    throw new DataError(`${file}: minutes has no effect with equal ${equal}; it needs equal minutes`);
}

/** A value that a list has twice. */
export const repeated = <T>(list: readonly T[]): T | undefined =>
  list.find((value, at) => list.indexOf(value) !== at);

/** Flags of a run's length, which is equal for all variants. */
const LENGTH_SETTERS = Object.fromEntries(LENGTH_FLAGS.map((flag) => [flag, 'the task or the matrix']));

const rateSetter = (lr: object): Readonly<Record<string, string>> =>
  Object.keys(lr).length === 0 ? {} : { '--lr': 'the lr of the matrix' };

function checkFlags(flags: readonly string[], setters: Readonly<Record<string, string>>, where: string): void {
  const taken = Object.keys(setters).find((flag) => has(flags, flag));
  if (taken) throw new DataError(`${where} must not have ${taken}, which is set by ${setters[taken]}; remove it`);
}

/** The matrix's length, where a task's flags have none. */
function lengthFor({ equal, steps, minutes }: Matrix, flags: readonly string[]): string[] {
  const [flag, length] = equal === 'minutes' ? ['--minutes', minutes] : ['--steps', steps];
  return length === undefined || LENGTH_FLAGS.some((flag) => has(flags, flag)) ? [] : [flag, String(length)];
}

/** What has the gradients of a training measured; of one that ends before, nothing. */
export const probeFlags = (every: number, steps: number): string[] =>
  every > 0 && every <= steps ? ['--probe-gradients', String(every)] : [];

/** The steps that a command line asks for; Infinity where their number is not known before. */
function stepsIn(words: readonly string[]): number {
  const at = words.indexOf('--steps');
  const given = at < 0 ? words.find((word) => word.startsWith('--steps='))?.slice('--steps='.length) : words[at + 1];
  return given === undefined ? Number.POSITIVE_INFINITY : Number(given);
}

/** Whether a command line has a flag, in either form. */
export const has = (words: readonly string[], flag: string): boolean =>
  words.some((word) => word === flag || word.startsWith(`${flag}=`));

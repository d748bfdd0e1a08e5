import process from 'node:process';
import { ConfigError, OutOfMemoryError, UnrollError } from '@unroll/rnn-core';
import type { z } from 'zod';
import { ALL_OF, ANY_OF } from '../console/lists.ts';
import { didYouMean } from '../console/nearest.ts';
import { showingControls } from '../console/shown-controls.ts';
import { FileError, systemCode } from '../files/file.ts';
import type { JsonObject } from '../files/json.ts';
import { sharedRenamed, sharedRequires } from '../flags/shared-rules.ts';
import { packageVersion } from '../version.ts';
import { readCommandLine, UnknownFlagError } from './command-line.ts';
import { type ConfigSources, listPresets, resolveConfig } from './config.ts';
import type { Context, OutputStream } from './context.ts';
import { type Flag, flagName, flagsOf } from './flag.ts';
import { commandHelp, programHelp } from './help.ts';
import { INTERRUPTED_EXIT_CODE, outputClosed } from './interrupt.ts';
import { loaded } from './loaded.ts';
import { PartialFailure } from './partial-failure.ts';
import type { Renamed } from './renamed.ts';
import { shellQuoted } from './shell-quoted.ts';

/** One subcommand: its schema is at once its flags, its help, its presets and what `run` is given. */
export interface CommandOptions<S extends z.ZodObject> extends Omit<ConfigSources<S>, 'app'> {
  /**
   * Does the work. What it returns is what `--json` prints; what people read it writes to `context.out`.
   *
   * @param unset see {@link ResolvedConfig}
   */
  readonly run: (config: z.output<S>, context: Context, unset: ReadonlySet<string>) => Promise<JsonObject>;
}

/** A command with its schema's type closed in, so that commands of all schemas stand in one table. */
export interface Command {
  readonly flags: readonly Flag[];
  readonly presets: URL | undefined;
  /** Keys of those that `--minutes` chooses where nobody sets them. */
  readonly chosenByMinutes: readonly string[];
  /** Earlier names of its flags. */
  readonly renamed: Renamed;
  /** Resolves the configuration of what was given, and runs the command. */
  readonly execute: (app: string, given: Readonly<Record<string, unknown>>, context: Context) => Promise<JsonObject>;
}

/** A command. Of the shared flags in its schema, it knows the earlier names and what they require by itself. */
export function command<S extends z.ZodObject>({ run, ...sources }: CommandOptions<S>): Command {
  const renamed = { ...sharedRenamed(sources.schema), ...sources.renamed };
  const requires = [...sharedRequires(sources.schema), ...(sources.requires ?? [])];
  return {
    flags: flagsOf(sources.schema),
    presets: sources.presets,
    chosenByMinutes: sources.chosenByMinutes ?? [],
    renamed,
    execute: async (app, given, context) => {
      const { config, unset } = resolveConfig({ app, ...sources, renamed, requires }, given);
      try {
        return await run(config, context, unset);
      } catch (error) {
        throw error instanceof OutOfMemoryError ? namingFlags(error, Object.keys(config)) : error;
      }
    },
  };
}

/** Flags that take memory; a step's is about their product. */
const MEMORY_KEYS = ['batchSize', 'batchTokens', 'bptt', 'hiddenSize', 'beamSize'];

/** The error of too little memory that says which of a command's flags to make smaller. */
function namingFlags(error: OutOfMemoryError, keys: readonly string[]): OutOfMemoryError {
  const flags = MEMORY_KEYS.filter((key) => keys.includes(key)).map(flagName);
  const { bytes, reason } = error;
  return flags.length === 0 ? error : new OutOfMemoryError(bytes, reason, `try a smaller ${ANY_OF.format(flags)}`);
}

/** A command, or a program that is a command of another one, which is imported when it is called: the others take no time. */
export interface Deferred {
  /** Imports it. */
  readonly load: () => Promise<Command | Program>;
}

/** A command in the table of a program, with the line that `--help` has for it. */
export type Entry = { readonly summary: string } & (Command | Deferred);

/** What an entry stands for, imported if need be. @throws LoadError */
export const entryTarget = async (entry: Entry): Promise<Command | Program> =>
  'load' in entry ? await loaded(entry.load) : entry;

/** A command-line program: an application and its commands. */
export interface Program {
  /** The application's name, as runs and checkpoints carry it. */
  readonly app: string;
  /** How a person calls it, such as `npx unroll char-lm`. */
  readonly invocation: string;
  readonly summary: string;
  /** The command that runs when none is named; without one, the help is shown. */
  readonly defaultCommand?: string;
  /** Whether its commands are programs, with commands of their own. */
  readonly hasApplications?: boolean;
  readonly commands: Readonly<Record<string, Entry>>;
}

/** Where a program writes: results to `stdout`, everything else to `stderr`. */
export interface Streams {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

const USAGE_EXIT_CODE = 2;
const FAILURE_EXIT_CODE = 1;
const DEFAULT_WIDTH = 80;

/**
 * Runs a command line and sets the exit code of the process.
 *
 * @param argv by default that of the process
 */
export async function main(program: Program, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  // `… | head` closes our output: the reader has what it wanted. A closed terminal refuses with EIO.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (!outputClosed() && !isOver) process.exit(code === 'EPIPE' ? 0 : FAILURE_EXIT_CODE);
  });
  process.stderr.on('error', outputClosed);
  let isOver = false;
  process.exitCode = await execute(program, argv, process);
  isOver = true;
  if (process.exitCode === INTERRUPTED_EXIT_CODE) process.exit(); // an evaluation that was given up may still run
}

/**
 * Runs one command line. Whatever goes wrong becomes one line on standard error, and with `--json` an object
 * `{ error: { name, message } }` on standard output besides.
 *
 * @returns the exit code: 0, 1 for a failure, 2 for wrong usage, 130 after Ctrl-C
 */
export async function execute(program: Program, argv: readonly string[], streams: Streams): Promise<number> {
  const [stdout, stderr] = [showingControls(streams.stdout), showingControls(streams.stderr)];
  const isJson = argv.includes('--json');
  try {
    const { code, result } = await dispatch(program, argv, { stdout, stderr }, isJson);
    if (isJson && result) stdout.write(`${JSON.stringify(result)}\n`);
    return code;
  } catch (thrown) {
    const error = firstOf(thrown);
    const [name, message] = explain(error);
    stderr.write(`${program.app}: ${message}\n`);
    if (process.env['UNROLL_DEBUG'] && error instanceof Error) stderr.write(`${error.stack}\n`);
    const rest = error instanceof PartialFailure ? error.result : {};
    if (isJson) stdout.write(`${JSON.stringify({ ...rest, error: { name, message } })}\n`);
    return exitCodeOf(name);
  }
}

async function dispatch(
  program: Program,
  argv: readonly string[],
  { stdout, stderr }: Streams,
  isJson: boolean,
): Promise<{ readonly code: number; readonly result?: JsonObject }> {
  const { app, invocation, summary, defaultCommand, hasApplications = false, commands } = program;
  const [name = defaultCommand, ...rest] = argv;
  const width = stdout.columns || DEFAULT_WIDTH; // a terminal that does not know its width says 0
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const list = Object.entries(commands).map(([name, { summary }]) => ({ name, summary }));
    const help = programHelp({ invocation, summary, commands: list, defaultCommand, hasApplications }, width);
    (name === undefined ? stderr : stdout).write(`${help}\n`);
    return { code: name === undefined ? USAGE_EXIT_CODE : 0 };
  }
  if (name === '--version') {
    stdout.write(`${app} ${packageVersion()}\n`);
    return { code: 0 };
  }
  const names = Object.keys(commands);
  const chosen = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!chosen)
    throw new ConfigError(
      `${hasApplications ? 'APPLICATION' : 'COMMAND'} must be one of ${names.join(', ')}, got ${name || 'nothing'}${didYouMean(name, names)}; see --help`,
    );
  const command = await entryTarget(chosen);
  if ('commands' in command) return await dispatch(command, rest, { stdout, stderr }, isJson);
  if (rest.includes('--help') || rest.includes('-h')) {
    const presets = command.presets ? listPresets(command.presets) : [];
    stdout.write(
      `${commandHelp({ ...command, summary: chosen.summary, invocation: `${invocation} ${name}`, presets }, width)}\n`,
    );
    return { code: 0 };
  }
  const context: Context = {
    invocation,
    command: [invocation, ...argv.map(shellQuoted)].join(' '),
    out: isJson ? stderr : stdout,
    err: stderr,
  };
  const given = await givenTo({ name, command }, rest, commands);
  return { code: 0, result: await command.execute(app, given, context) };
}

/** What a command line gives a command. @throws ConfigError */
async function givenTo(
  { name, command }: { readonly name: string; readonly command: Command },
  argv: readonly string[],
  commands: Program['commands'],
): Promise<Record<string, unknown>> {
  try {
    return readCommandLine(argv, command.flags, command.renamed);
  } catch (error) {
    throw error instanceof UnknownFlagError ? await ofOthers(error, name, commands) : error;
  }
}

/** Of an unknown flag, what to say where other commands of the program have it. */
async function ofOthers(error: UnknownFlagError, own: string, commands: Program['commands']): Promise<ConfigError> {
  const { flag, nearest } = error;
  const owners: string[] = [];
  for (const [name, entry] of Object.entries(commands)) {
    const command = name === own ? undefined : await entryTarget(entry);
    const has = ({ name, isBoolean }: Flag): boolean =>
      name === flag || (isBoolean && name.replace('--', '--no-') === flag);
    if (command && 'flags' in command && command.flags.some(has)) owners.push(name);
  }
  return owners.length === 0
    ? error
    : new ConfigError(
        `${flag} is not a flag of ${own}, but of ${ALL_OF.format(owners)}${nearest}; see ${own} --help`,
      );
}

/** What went wrong first, where a disposal on the way out failed too. */
function firstOf(error: unknown): unknown {
  const hides = error instanceof Error && error.name === 'SuppressedError' && 'suppressed' in error;
  return hides ? firstOf(error.suppressed) : error;
}

/** The name and the one line of an error. Errors are known by name, since pure packages have classes of their own. */
function explain(error: unknown): [name: string, message: string] {
  if (!(error instanceof Error)) return ['Error', String(error)];
  const isOurs: boolean = error instanceof UnrollError || OUR_ERRORS.has(error.name);
  if (isOurs) return [error.name, oneLine(error.message)];
  const code = systemCode(error);
  if (code === undefined)
    return [error.name, oneLine(`${error.name}: ${error.message} (UNROLL_DEBUG=1 shows where)`)];
  const path = 'path' in error && typeof error.path === 'string' ? error.path : 'a file';
  return ['FileError', new FileError(path, 'written', code).message];
}

const OUR_ERRORS = new Set([
  'ConfigError',
  'DataError',
  'CheckpointError',
  'ShapeError',
  'BackendError',
  'LoadError',
]);

/** @returns one line; the middle of a very long one is left out */
function oneLine(text: string): string {
  const line = text.replaceAll(/\s*\n\s*/g, ' ');
  return line.length <= MAX_ERROR ? line : `${line.slice(0, MAX_ERROR - KEPT_END)} … ${line.slice(-KEPT_END)}`;
}

const MAX_ERROR = 1200;
const KEPT_END = 400; // the remedy stands at the end

function exitCodeOf(name: string): number {
  if (name === 'ConfigError') return USAGE_EXIT_CODE;
  return name === 'Interrupted' ? INTERRUPTED_EXIT_CODE : FAILURE_EXIT_CODE;
}

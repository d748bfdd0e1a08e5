import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { ConfigError } from '@unroll/rnn-core';
import { INVOCATION_VARIABLE, isJsonObject, type JsonObject, jsonObject } from '@unroll/run';
import { z } from 'zod';

/** Whether this runs from source as in a clone; then the applications do too. A test runs them as built. */
const isSource = process.argv[1]?.endsWith('.ts');

const manifestSchema = z.object({ bin: z.record(z.string(), z.string()) });

/**
 * The manifest of an application's package.
 *
 * @param task that needs it, for the message
 * @throws ConfigError when it is not installed here
 */
export function manifestFile(app: string, task = app): string {
  try {
    return createRequire(import.meta.url).resolve(`@unroll/${app}/package.json`);
  } catch {
    throw new ConfigError(
      `task ${task}: @unroll/${app} must be installed beside compare, got none; install it, or if it is not published, run compare in a clone of the repository`,
    );
  }
}

/** The arguments that start an application's command line under Node: the `bin` of its package, or the source of that. */
function nodeArguments(app: string): string[] {
  const file = manifestFile(app);
  const { bin } = manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const program = join(dirname(file), bin[`unroll-${app}`] ?? '');
  return isSource
    ? [join(dirname(file), '../../.ci/start.mjs'), program.replace(/dist(.\w+)\.js$/, 'src$1.ts')]
    : [program];
}

export interface CallOptions {
  /** The file that its standard error is appended to; none by default. */
  readonly log?: string;
  /** Asks it to save and end. */
  readonly signal?: AbortSignal;
  /** How a person calls it. */
  readonly invocation?: string;
}

/** How a call ended: with its result, or with why there is none. */
export type Answer = { readonly result: JsonObject } | { readonly failure: string };

/** Calls an application with `--json` in its own process. Never throws: whatever goes wrong is in the answer. */
export async function call(
  app: string,
  words: readonly string[],
  { log, signal, invocation }: CallOptions = {},
): Promise<Answer> {
  const child = spawn(process.execPath, [...nodeArguments(app), ...words, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'], // the channel closes when this process dies, and the application ends too
    detached: true, // Ctrl-C reaches it through the signal alone: a second one would end it before it has saved
    ...(invocation && { env: { ...process.env, [INVOCATION_VARIABLE]: invocation } }),
    ...(signal && { signal, killSignal: 'SIGINT' }),
  });
  let output = '';
  let lastLine = '';
  const file = log === undefined ? undefined : createWriteStream(log, { flags: 'a' });
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    file?.write(chunk);
    lastLine = chunk.trim().split('\n').at(-1) ?? lastLine;
  });
  const end = await new Promise<string>((resolve) => {
    // Of an abort the end is still to come: it saves first.
    child.on('error', ({ name, message }) => name !== 'AbortError' && resolve(message));
    child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  file?.end();
  const answer = parse(output);
  if (answer?.['error'] !== undefined) return { failure: messageOf(answer) };
  return end === 'exit code 0' && answer
    ? { result: answer }
    : { failure: `${end}: ${lastLine || 'it printed nothing'}` };
}

function parse(output: string): JsonObject | undefined {
  try {
    return jsonObject.parse(JSON.parse(output));
  } catch {
    return undefined;
  }
}

function messageOf({ error }: JsonObject): string {
  return isJsonObject(error) && typeof error['message'] === 'string' ? error['message'] : JSON.stringify(error);
}

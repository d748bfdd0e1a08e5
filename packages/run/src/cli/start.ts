import process from 'node:process';
import { endWithParent } from './end-with-parent.ts';
import { LoadError, loaded } from './loaded.ts';
import type { Program } from './program.ts';

/**
 * Loads a program and runs the command line of this process: the one line of an application's `cli.ts`. Where the program cannot be
 * loaded for want of file descriptors, it says so and sets the exit code 1; so this module imports little itself.
 *
 *     await start('char-lm', async () => (await import('./commands/program.ts')).program);
 */
export async function start(app: string, load: () => Promise<Program>): Promise<void> {
  endWithParent(); // before it loads, which can take seconds
  try {
    const program = await loaded(load);
    const { main } = await import('./program.ts'); // loaded by the program itself
    await main(program);
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    process.stderr.write(`${app}: ${error.message}\n`);
    const { name, message } = error;
    if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ error: { name, message } })}\n`);
    process.exitCode = 1;
  }
}

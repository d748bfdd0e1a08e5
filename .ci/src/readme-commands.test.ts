import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, type Program, readCommandLine } from '@unroll/run';
import { expect, test } from 'vitest';
import { ROOT, readManifest } from '../../.config/workspace.mjs';
import { program as unroll } from '../../apps/unroll/src/program.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Every `npx unroll`, `npm run`, `npm start` and `npm test` in the Markdown files, in a block or between backticks. */
const COMMANDS = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .flatMap((file) =>
    [
      ...read(file).matchAll(
        /^(?: {4}|\$ )?((?:npx unroll|npm (?:run|start|test))\b.*)$|`((?:npx unroll|npm (?:run|start|test))\b[^`]*)`/gm,
      ),
    ].map(([, line, inline]) => [file, wordsOf(line ?? inline ?? '')] as const),
  );

/** The words a shell makes of a line, up to a comment. */
function wordsOf(line: string): string[] {
  const words = line.replace(/\s+#\s.*$/, '').match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? [];
  return words.map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
}

/** What `npx unroll NAME` runs, or an `npm run NAME` of the clone that starts a program. */
async function programOf(name: string): Promise<Program | undefined> {
  const chosen = Object.hasOwn(unroll.commands, name) ? unroll.commands[name] : undefined;
  return chosen && 'load' in chosen ? chosen.load() : undefined;
}

function checkCommand(program: Program, [command, ...argv]: readonly string[]): void {
  if (command === undefined || command === 'COMMAND' || command.startsWith('--')) return;
  const { flags, renamed } = (program.commands[command] ?? {}) as Partial<Command>;
  expect(flags, `a command ${command} of ${program.app}`).toBeDefined();
  if (argv.join() === '--help') return;
  expect(() => readCommandLine(argv, flags ?? [], renamed)).not.toThrow();
}

test('there are commands to check', () => expect(COMMANDS.length).toBeGreaterThan(60));

async function checkNpx([name = '', ...argv]: readonly string[]): Promise<void> {
  if (name.startsWith('--')) return;
  const program = await programOf(name);
  expect(program, `an application ${name} of unroll`).toBeDefined();
  if (program) checkCommand(program, argv);
}

async function checkScript(verb: string, rest: readonly string[]): Promise<void> {
  const workspace = rest.includes('-w') ? (rest[rest.indexOf('-w') + 1] ?? '') : '.';
  const end = rest.includes('--') ? rest.indexOf('--') : rest.length;
  const name = verb === 'run' ? (rest.slice(0, end).find((word) => !word.startsWith('-')) ?? '') : verb;
  expect(readManifest(workspace).scripts?.[name], `a script ${name} in ${workspace}/package.json`).toBeDefined();
  const program = await programOf(name);
  if (program) checkCommand(program, rest.slice(end + 1));
}

test.each(COMMANDS)('%s: %j', async (_file, [tool, verb = '', ...rest]) => {
  await (tool === 'npx' ? checkNpx(rest) : checkScript(verb, rest));
});

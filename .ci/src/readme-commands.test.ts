import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Program, readCommandLine } from '@unroll/run';
import { expect, test } from 'vitest';
import { ROOT } from '../../.config/workspace.mjs';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const scriptsOf = (folder: string): Record<string, string> =>
  (JSON.parse(read(join(folder, 'package.json'))) as { scripts: Record<string, string> }).scripts;

/** Every `npm run`, `npm start` and `npm test` in the Markdown files, in a block or between backticks. */
const COMMANDS = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .flatMap((file) =>
    [...read(file).matchAll(/^(?: {4}|\$ )?(npm (?:run|start|test)\b.*)$|`(npm (?:run|start|test)\b[^`]*)`/gm)].map(
      ([, line, inline]) => [file, wordsOf(line ?? inline ?? '')] as const,
    ),
  );

/** The words a shell makes of a line, up to a comment. */
function wordsOf(line: string): string[] {
  const words = line.replace(/\s+#\s.*$/, '').match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? [];
  return words.map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
}

/** The program that a script of the repository starts: the one its `cli.ts` imports. */
async function programOf(script: string): Promise<Program | undefined> {
  const [, cli] = /(apps\/\S+cli\.ts)/.exec(script) ?? [];
  if (cli === undefined) return undefined;
  const [, name = '', path = ''] = /import \{ (\w*[pP]rogram) \} from '(\S+)'/.exec(read(cli)) ?? [];
  const module = (await import(pathToFileURL(join(ROOT, dirname(cli), path)).href)) as Record<string, Program>;
  return module[name];
}

test('there are commands to check', () => expect(COMMANDS.length).toBeGreaterThan(40));

test.each(COMMANDS)('%s: %j', async (_file, [, verb = '', ...rest]) => {
  const workspace = rest.includes('-w') ? (rest[rest.indexOf('-w') + 1] ?? '') : '.';
  const end = rest.includes('--') ? rest.indexOf('--') : rest.length;
  const name = verb === 'run' ? (rest.slice(0, end).find((word) => !word.startsWith('-')) ?? '') : verb;
  const script = scriptsOf(workspace)[name];
  expect(script, `a script ${name} in ${workspace}/package.json`).toBeDefined();

  const [command, ...argv] = rest.slice(end + 1);
  const program = await programOf(script ?? '');
  if (!program || command === undefined) return;
  const { flags, renamed } = program.commands[command] ?? {};
  expect(flags, `a command ${command} of ${name}`).toBeDefined();
  expect(() => readCommandLine(argv, flags ?? [], renamed)).not.toThrow();
});

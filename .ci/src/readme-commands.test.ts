import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { type Command, entryTarget, listPresets, type Program, readCommandLine } from '@unroll/run';
import { callSuccessfully, TestFolder } from '@unroll/run/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT, readManifest } from '../../.config/workspace.mjs';
import { entriesOf, parseMatrix } from '../../apps/compare/src/matrix/matrix.ts';
import { program as gallery } from '../../apps/gallery/src/program.ts';
import { program as unroll } from '../../apps/unroll/src/program.ts';
import { program as majority } from '../../packages/run/examples/majority.ts';
import { MATRICES, shortened, shortenedMatrix, writeReadersFiles } from './shortened.fixture.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** What is not run here, and why; the names and flags are checked all the same. */
const NOT_RUN: readonly (readonly [command: RegExp, reason: string])[] = [
  [/^npm test$/, 'is this gate'],
  [/^npx nx /, 'is part of this gate'],
  [/^npm run format$/, 'changes the sources'],
  [/^npm run (?:build|build:all|sanitize) -w packages\/kernels$/, 'runs compilers; the gate has built the kernels'],
  [/^npm run verify:/, 'computes for minutes'],
  [/^npm run release /, 'publishes'],
  [/^npm run stress$/, 'kills and damages for hours'],
  [/^npm run docs$/, 'builds pages'],
  [/^npm run (?:playground|build -w apps\/playground|preview -w)/, 'serves a page until Ctrl-C'],
  [/^node --import tsx -C unroll-source (?:FILE|examples\/(?!cli))/, 'is any program; the examples have tests'],
  [/^npm run (?:-s )?bench(?: |$)/, 'measures for minutes'],
  [
    /^npm run -s (?:minutes-rule -w apps\/(?:char-lm|sentiment|translate)|ablation -w apps\/compare)\b/,
    'fits a rule, which has a test, or trains for hours',
  ],
  [/^npm run -s gallery -- /, 'needs data that cannot be downloaded'],
  [/^npx unroll compare watch /, 'ends with Ctrl-C'],
];

const TOOLS = String.raw`(?:npx (?:unroll|nx)|npm (?:run|start|test)|node --import tsx)\b`;

/** Every command in what people read first, in a block or between backticks, as words. */
const COMMANDS = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*README.md', 'CONTRIBUTING.md'],
  {
    cwd: ROOT,
    encoding: 'utf8',
  },
)
  .trim()
  .split('\n')
  .flatMap((file) => [...read(file).matchAll(new RegExp(`^(?: {4}|\\$ )(${TOOLS}.*)$|\`(${TOOLS}[^\`]*)\``, 'gm'))])
  .map(([, line, inline]) => wordsOf(line ?? inline ?? ''));

/** The words a shell makes of a line, up to a comment. */
function wordsOf(line: string): string[] {
  const words = line.replace(/\s+#\s.*$/, '').match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? [];
  return words.map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
}

/** The program that a command starts, and its arguments; undefined of a script that starts none. */
async function callOf([tool, verb = '', ...rest]: readonly string[]): Promise<Call | undefined> {
  if (tool === 'npx') return verb === 'unroll' ? await applicationCall(rest) : undefined;
  if (tool === 'node') {
    const file = rest.findIndex((word) => word.endsWith('.ts'));
    return rest[file] === 'examples/cli.ts' ? { program: majority, argv: rest.slice(file + 1) } : undefined;
  }
  const workspace = rest.includes('-w') ? (rest[rest.indexOf('-w') + 1] ?? '') : '.';
  const end = rest.includes('--') ? rest.indexOf('--') : rest.length;
  const name = verb === 'run' ? (rest.slice(0, end).find((word) => !word.startsWith('-')) ?? '') : verb;
  const script = readManifest(workspace).scripts?.[name];
  expect(script, `a script ${name} in ${workspace}/package.json`).toBeDefined();
  const [, app, more = ''] = /apps\/([\w-]+)\/src\/cli\.ts(?: (.*))?$/.exec(script ?? '') ?? [];
  if (app === 'gallery') return { program: gallery, argv: rest.slice(end + 1) };
  const words = [name === 'metrics' ? name : app, ...more.split(' ').filter(Boolean), ...rest.slice(end + 1)];
  return app || name === 'metrics' ? await applicationCall(words as string[]) : undefined;
}

interface Call {
  readonly program: Program;
  readonly argv: readonly string[];
}

async function applicationCall(words: readonly string[]): Promise<Call | undefined> {
  const [name = '', ...argv] = words;
  if (name.startsWith('--')) return { program: unroll, argv: words };
  const application = Object.hasOwn(unroll.commands, name) ? unroll.commands[name] : undefined;
  expect(application, `an application ${name} of unroll`).toBeDefined();
  return application ? { program: (await entryTarget(application)) as Program, argv } : undefined;
}

/** The command that a call names, or the default one; a program that has none, and `--help`, shows what there is. */
async function commandOf({
  program: { app, commands, defaultCommand = '--help' },
  argv,
}: Call): Promise<[string, Command?]> {
  const [name = defaultCommand] = argv;
  if (name.startsWith('--')) return [name];
  const entry = commands[name];
  expect(entry, `a command ${name} of ${app}`).toBeDefined();
  return entry ? [name, (await entryTarget(entry)) as Command] : [name];
}

/** Runs what a reader would, shorter; a run of a reader that is not there is a copy of another of its application. */
async function runShortened(call: Call): Promise<void> {
  const { program } = call;
  const [name, command] = await commandOf(call);
  const argv = [name, ...(command ? shortened(program.app, name, command, call.argv.slice(1)) : [])];
  for (const [k, run] of argv.entries()) {
    if (!/^runs\/|^DIR$/.test(run) || existsSync(run) || argv[k - 1] === '--out') continue;
    const app = /^runs\/(char-lm|sentiment|translate|forecast)/.exec(run)?.[1] ?? program.app;
    const other = readdirSync('runs').find((name) => name.startsWith(`${app}-`));
    expect(other, `a run of ${app} before ${argv.join(' ')}`).toBeDefined();
    cpSync(join('runs', other ?? ''), run, { recursive: true });
  }
  await callSuccessfully(program, argv);
}

/** As {@link runShortened}, unless the same was run under another name. */
async function runOnce(call: Call | undefined): Promise<void> {
  expect(call, 'a program to run, or a reason in NOT_RUN').toBeDefined();
  if (!call) return;
  const [name] = await commandOf(call);
  const key = [call.program.app, name, ...call.argv.slice(1)].join(' ');
  if (!done.has(key)) await runShortened(call);
  done.add(key);
}

/** Checks the names and the flags of what is not run. */
async function check(words: readonly string[]): Promise<void> {
  const call = await callOf(words);
  const [, command] = call ? await commandOf(call) : [];
  if (command) readCommandLine(call?.argv.slice(1) ?? [], command.flags, command.renamed);
}

const isRun = ([line]: readonly [string, ...unknown[]]): boolean => !NOT_RUN.some(([pattern]) => pattern.test(line));
const LINES = [...new Map(COMMANDS.map((words) => [words.join(' '), words]))];
const done = new Set<string>();

const PRESETS: [app: string, preset: string][] = [];
for (const app of ['char-lm', 'sentiment', 'translate', 'forecast']) {
  const call = await callOf(['npx', 'unroll', app, 'train']);
  const presets = call && (await commandOf(call))[1]?.presets;
  if (presets) PRESETS.push(...listPresets(presets).map(({ name }): [string, string] => [app, name]));
}

describe('shortened, in a folder with a reader’s files', { timeout: 120_000 }, () => {
  const folder = new TestFolder();
  const before = process.cwd();
  beforeAll(() => {
    writeReadersFiles(folder.path);
    const [matrix] = /^ {4}\{\n(?: {4}.*\n)+/m.exec(read('apps/compare/README.md')) ?? [];
    writeFileSync(join(folder.path, 'my-matrix.json'), shortenedMatrix(matrix ?? ''));
    process.chdir(folder.path);
    mkdirSync('runs');
  });
  afterAll(() => {
    process.chdir(before);
    folder[Symbol.dispose]();
  });

  test.each(LINES.filter(isRun))('%s', async (_line, words) => {
    await expect(callOf(words).then(runOnce)).resolves.toBeUndefined();
  });

  test.each(PRESETS)('preset %s %s', async (app, name) => {
    const isDone = [...done].some((key) => key.startsWith(`${app} train `) && key.includes(`--preset ${name}`));
    const call = isDone ? undefined : await applicationCall([app, 'train', '--preset', name]);
    if (call) await runOnce(call);
    expect(isDone || call).toBeTruthy();
  });

  test.each(readdirSync(MATRICES))('matrix %s', async (file) => {
    const name = basename(file, '.json');
    const isDone = done.has(name === 'quick' ? 'compare run' : `compare run --matrix ${name}`); // quick is the default
    const call = isDone ? undefined : await applicationCall(['compare', 'run', '--matrix', name]);
    if (call) await runOnce(call);
    expect(isDone || call).toBeTruthy();
  });

  test.each(readdirSync(MATRICES))(
    'every run of the matrix %s has flags that its application knows',
    async (file) => {
      for (const { task, words } of entriesOf(
        parseMatrix(JSON.parse(readFileSync(join(MATRICES, file), 'utf8')), file),
      ))
        await check(['npx', 'unroll', task.app, ...words]);
    },
  );
});

test.each(LINES.filter((line) => !isRun(line)))('is right, and not run: %s', async (_line, words) => {
  await expect(check(words)).resolves.toBeUndefined();
});

test('there are commands to run', () => expect(COMMANDS.length).toBeGreaterThan(90));

test.each(NOT_RUN)('what is not run is in a README: %s, which %s', (pattern) => {
  expect(LINES.filter(([line]) => pattern.test(line))).not.toStrictEqual([]);
});

/**
 * The gate: builds and tests every project, type-checks and lints all of them, through Nx, then adds up what the test
 * runners reported. The last line but one says how many tests were skipped and why, the last is `N passed, N failed`; a
 * build, types or lint task that fails counts as one failed, and the exit code is 0 only when nothing failed.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolders, ROOT } from '../.config/workspace.mjs';

const NX = join(ROOT, 'node_modules/nx/dist/bin/nx.js');
const NX_ARGS = ['run-many', '-t', 'build', 'types', 'lint', 'test', '--output-style=static', '--nx-bail=false'];

const reports = projectFolders().map((folder) => ({ folder, file: join(ROOT, folder, 'test-report.json') }));

/** Runs every task, passing its output on, and returns those Nx lists as failed, as `project:target`. */
async function runTasks() {
  const child = spawn(process.execPath, [NX, ...NX_ARGS], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NX_DAEMON: 'false',
      NX_TUI: 'false',
      NX_NO_CLOUD: 'true',
      NX_INTERACTIVE: 'false',
      NO_COLOR: '1',
      FORCE_COLOR: '0',
    },
  });
  let output = '';
  // The list of failed tasks comes on standard error, everything else on standard output.
  for (const stream of ['stdout', 'stderr'])
    child[stream].on('data', (chunk) => {
      output += chunk;
      process[stream].write(chunk);
    });
  const status = await new Promise((resolve) => child.on('close', resolve));
  const summary = output.slice(output.lastIndexOf('Failed tasks:'));
  const failed = output.includes('Failed tasks:')
    ? [...summary.matchAll(/^\s*- (\S+:\S+)\s*$/gm)].map((match) => match[1])
    : [];
  return status !== 0 && failed.length === 0 ? ['nx:run-many'] : failed;
}

/** Adds up one project's report, with the names of what was skipped. */
function count(report) {
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const suitesThatBroke = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: tests.filter((test) => test.status === 'passed').length,
    failed: tests.filter((test) => test.status === 'failed').length + suitesThatBroke.length,
    skipped: tests.filter((test) => ['skipped', 'pending', 'todo'].includes(test.status)),
  };
}

/** `12 skipped: 9 no Chromium on this machine, 3 needs UNROLL_DATA`; the reason is the last thing in brackets of a name. */
function summaryOf(names) {
  const counts = new Map();
  for (const name of names) {
    const told = [...name.matchAll(/\((?:skipped: )?([^()]*)\)/g)].map(([, reason]) => reason);
    const reason = told.findLast((text) => /^(needs|no |not )/.test(text)) ?? told.at(-1) ?? 'no reason in the name';
    const short = reason.replace(/,.*/, '');
    counts.set(short, (counts.get(short) ?? 0) + 1);
  }
  const reasons = [...counts].toSorted((a, b) => b[1] - a[1]).map(([reason, count]) => `${count} ${reason}`);
  return `${names.length} skipped: ${reasons.join(', ')}`;
}

for (const { file } of reports) rmSync(file, { force: true }); // what is read below was made, or restored, by this run
const failedTasks = await runTasks();

let passed = 0;
let failed = 0;
const skips = [];
for (const { folder, file } of reports) {
  const { name } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  const tests = existsSync(file)
    ? count(JSON.parse(readFileSync(file, 'utf8')))
    : { passed: 0, failed: 0, skipped: [] };
  passed += tests.passed;
  failed += tests.failed;
  // A test task can fail without a failed test: no test at all, an error outside every test.
  if (tests.failed === 0 && failedTasks.includes(`${name}:test`)) failed += 1;
  for (const test of tests.skipped) skips.push(`  ${name}: ${test.fullName.trim()}`);
}
failed += failedTasks.filter((task) => !task.endsWith(':test')).length;

for (const task of failedTasks) console.log(`failed: ${task}`);
if (skips.length > 0) console.log(`skipped, each with its reason in its name:\n${skips.join('\n')}`);
if (skips.length > 0) console.log(summaryOf(skips));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * Runs the tests whose inputs are random on far more of them than the gate has: damaged files and tables, hostile texts in
 * reports and terminals, trainings and comparisons killed at random. About an hour. A failure names its seed.
 * usage: npm run stress [-- PART]
 * PART takes the test files whose path holds it. UNROLL_FUZZ and UNROLL_KILLS set how many, UNROLL_SEED which.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolders, ROOT } from '../.config/workspace.mjs';

const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const CONFIG = join(ROOT, '.config/vitest.ts');
const [part = ''] = process.argv.slice(2);
const env = { UNROLL_FUZZ: '1000', UNROLL_KILLS: '100', ...process.env };

const isRandom = (file) => file.endsWith('.test.ts') && /\b(fuzzRuns|KILLS)\b/.test(readFileSync(file, 'utf8'));

let failed = 0;
for (const project of projectFolders()) {
  const source = join(ROOT, project, 'src');
  const files = (existsSync(source) ? readdirSync(source, { recursive: true }) : [])
    .map((file) => join(project, 'src', file))
    .filter((file) => file.includes(part) && isRandom(join(ROOT, file)))
    .map((file) => join(ROOT, file));
  if (files.length === 0) continue;
  const argv = [VITEST, 'run', '--config', CONFIG, ...files, '-t', 'seed \\d+'];
  const { status } = spawnSync(process.execPath, argv, { cwd: join(ROOT, project), env, stdio: 'inherit' });
  if (status !== 0) failed++;
}
console.log(failed === 0 ? 'all passed' : `${failed} projects failed`);
process.exitCode = failed === 0 ? 0 : 1;

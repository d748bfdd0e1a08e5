/**
 * What must be done before any command of this repository can run, and nothing when it is done: the packages of
 * package-lock.json installed, the fast kernels built. Everything it says goes to standard error, so that a command's
 * standard output stays its own.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const KERNELS = join(ROOT, 'packages/kernels');
const KERNELS_STAMP = join(ROOT, 'node_modules/.cache/unroll/kernels-built');
// Not `npm ci`: it refuses a lock without every platform's optional packages, and a lock can only name those that the
// registry it was written against serves. `--no-save` takes the lock's versions all the same and leaves it as it is.
const INSTALL_ARGS = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];

const say = (line) => process.stderr.write(`${line}\n`);
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** Whether node_modules holds every package at the version package-lock.json asks for; optional ones may be absent. */
function isInstalled() {
  const installedFile = join(ROOT, 'node_modules/.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const installed = readJson(installedFile).packages;
  const { packages } = readJson(join(ROOT, 'package-lock.json'));
  return Object.entries(packages).every(([path, wanted]) => {
    if (!path.includes('node_modules/')) return true;
    if (wanted.link) return existsSync(join(ROOT, path)) || Boolean(packages[wanted.resolved].optional);
    const found = installed[path];
    return found ? found.version === wanted.version : Boolean(wanted.optional || wanted.devOptional);
  });
}

/** Installs. Ends the process when that fails, because nothing works without it. */
function install() {
  say('Setup: installing the packages of package-lock.json (npm install), once, for up to a minute …');
  const started = performance.now();
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, stderr, error } = spawnSync(npm, INSTALL_ARGS, {
    cwd: ROOT,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    say(`Setup: npm install failed. ${error?.message ?? stderr.trim()}`);
    process.exit(1);
  }
  say(`Setup: installed in ${((performance.now() - started) / 1000).toFixed(0)} s.`);
}

/** What the built kernels depend on: names, sizes and times of their C and of what builds it, and the Node that loads them. */
function kernelsDigest() {
  const digest = createHash('sha256').update(process.version).update(process.arch);
  const add = (path) => digest.update(`${path} ${statSync(path).size} ${statSync(path).mtimeMs}\n`);
  for (const folder of ['c', 'tools'])
    for (const name of readdirSync(join(KERNELS, folder)).sort()) add(join(KERNELS, folder, name));
  add(join(KERNELS, 'package.json'));
  return digest.digest('hex');
}

/** Builds the kernels through Nx's cache. Without them everything still runs on the reference backend, so no failure ends here. */
function buildKernels() {
  if (!readJson(join(KERNELS, 'package.json')).scripts?.build) return;
  const digest = kernelsDigest();
  if (existsSync(KERNELS_STAMP) && readFileSync(KERNELS_STAMP, 'utf8') === digest) return;

  say('Setup: building the fast kernels (nx build @unroll/kernels) …');
  const started = performance.now();
  const nx = join(ROOT, 'node_modules/nx/dist/bin/nx.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [nx, 'run', '@unroll/kernels:build'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: {
      ...process.env,
      NX_DAEMON: 'false',
      NX_TUI: 'false',
      NX_NO_CLOUD: 'true',
      NO_COLOR: '1',
      FORCE_COLOR: '0',
    },
  });
  if (status === 0) say(`Setup: kernels ready in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
  else {
    const lines = `${stdout}\n${stderr}`.split('\n');
    // A compiler's word, else an exception's: the lines between quote source.
    const reason =
      lines.find((line) => /(^|: )(fatal )?error( TS\d+)?: /.test(line)) ??
      lines.find((line) => /^\w*Error( \[\w+\])?: (?!zig )/.test(line)) ??
      `exit code ${status}`;
    say(`Setup: the fast kernels could not be built (${reason.trim()}); going on without them, slower.`);
  }
  mkdirSync(dirname(KERNELS_STAMP), { recursive: true });
  writeFileSync(KERNELS_STAMP, digest); // a failure too is not tried again until a source changes
}

if (!isInstalled()) install();
buildKernels();

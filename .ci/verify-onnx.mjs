/**
 * Trains a model of each application for about a minute on built-in data, and compares its ONNX export with it over the whole
 * held-out set, in onnxruntime-node and in onnxruntime-web, which are installed on demand. usage: npm run verify:onnx [-- FOLDER]
 * FOLDER keeps the trained models and takes those that are there.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const TOLERANCE = 1e-4;
const RUNTIMES = ['node', 'web'];
const VERSION = '1.30.0';
const APPS = {
  'char-lm': ['--preset', 'moby-dick-small', '--minutes', '1'],
  sentiment: ['--preset', 'sentences', '--minutes', '0.7'],
  translate: ['--preset', 'messages', '--minutes', '1.5'],
};

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const folder = process.argv[2] === undefined ? mkdtempSync(join(tmpdir(), 'unroll-onnx-')) : resolve(process.argv[2]);
const peers = join(folder, 'onnxruntime');
if (!existsSync(join(peers, 'node_modules'))) {
  mkdirSync(peers, { recursive: true });
  writeFileSync(join(peers, 'package.json'), '{ "private": true }');
  const packages = RUNTIMES.map((kind) => `onnxruntime-${kind}@${VERSION}`);
  // The install script would fetch the files for GPUs.
  execFileSync('npm', ['install', '--silent', '--ignore-scripts', ...packages], {
    cwd: peers,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
}

/** Runs a TypeScript file of an application. */
const run = (file, args, options) =>
  execFileSync(process.execPath, ['--import', 'tsx', '-C', 'unroll-source', join(ROOT, 'apps', file), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, UNROLL_PEERS: peers },
    ...options,
  });

const log = (line) => process.stdout.write(`${line}\n`);
log('| model | compared | onnxruntime | largest difference of log-probabilities | |\n|---|---|---|---|---|');
let isWithin = true;
for (const [app, flags] of Object.entries(APPS)) {
  const dir = join(folder, app);
  if (!existsSync(join(dir, 'model.safetensors')))
    run(`${app}/src/cli.ts`, ['train', ...flags, '--out', dir], { stdio: ['ignore', 'ignore', 'inherit'] });
  for (const kind of RUNTIMES) {
    const lines = run(`${app}/bench/onnx.ts`, [dir, kind], { stdio: ['ignore', 'pipe', 'ignore'] });
    const { compared, difference, same = '' } = JSON.parse(lines.trim().split('\n').at(-1) ?? '');
    log(`| ${app} | ${compared} | ${kind} ${VERSION} | ${difference.toExponential(1)} | ${same} |`);
    isWithin &&= difference <= TOLERANCE && !(same && same.split(' ')[0] !== same.split(' ')[2]);
  }
}
if (!isWithin) {
  log(`A difference is over ${TOLERANCE}, or a translation is another.`);
  process.exitCode = 1;
}

/**
 * Trains two models of each application for half a minute each on built-in data, and compares their ONNX exports with them over
 * the whole held-out sets, in onnxruntime-node and in onnxruntime-web, which are installed on demand. usage: npm run verify:onnx [-- FOLDER]
 * FOLDER keeps the trained models and takes those that are there.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUNTIMES = ['node', 'web'];
const VERSION = '1.30.0';
const PRESETS = { 'char-lm': 'moby-dick-small', sentiment: 'sentences', translate: 'messages' };
/** Steps and not minutes, so that a fast machine compares the same models: the longer they train, the larger the differences. */
const STEPS = { 'char-lm': 6000, sentiment: 280, translate: 900 };
const MODELS = [
  { app: 'char-lm', cell: 'gru' },
  { app: 'char-lm', cell: 'minlstm' },
  { app: 'sentiment', cell: 'gru' },
  { app: 'sentiment', cell: 'minlstm' },
  { app: 'translate', cell: 'gru' },
  { app: 'translate', cell: 'mingru' },
];

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
log(
  '| model | compared | onnxruntime | largest difference of probabilities | of log-probabilities | within | |\n|---|---|---|---|---|---|---|',
);
let isWithin = true;
for (const { app, cell } of MODELS) {
  const name = `${app}-${cell}`;
  const dir = join(folder, name);
  const flags = ['--preset', PRESETS[app], '--cell', cell, '--steps', String(STEPS[app]), '--out', dir];
  if (!existsSync(join(dir, 'model.safetensors')))
    run(`${app}/src/cli.ts`, ['train', ...flags], { stdio: ['ignore', 'ignore', 'inherit'] });
  for (const kind of RUNTIMES) {
    const lines = run(`${app}/bench/onnx.ts`, [dir, kind], { stdio: ['ignore', 'pipe', 'ignore'] });
    const {
      compared,
      probability,
      logProbability,
      isClose,
      same = '',
    } = JSON.parse(lines.trim().split('\n').at(-1) ?? '');
    const [p, logP] = [probability, logProbability].map((difference) => difference?.toExponential(1));
    log(`| ${name} | ${compared} | ${kind} ${VERSION} | ${p} | ${logP} | ${isClose ? 'yes' : 'no'} | ${same} |`);
    isWithin &&= isClose && !(same && same.split(' ')[0] !== same.split(' ')[2]);
  }
}
if (!isWithin) {
  log('A prediction differs by more than numpy.allclose(rtol=1e-5, atol=1e-4) allows, or a translation is another.');
  process.exitCode = 1;
}

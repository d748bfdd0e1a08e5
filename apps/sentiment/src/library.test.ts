import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createReferenceBackend } from '@unroll/rnn-core';
import { bundledProgram, TestFolder } from '@unroll/run/testing';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { csv, succeed, TINY, toyReviews } from './commands/toy.fixture.ts';
import { explain, SentimentClassifier } from './index.ts';

const FILES = ['config.json', 'tokenizer.json', 'model.safetensors'] as const;
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const ORIGIN = 'http://localhost:1/';
const TEXTS = ['This film 1 is superb!', '', 'The meal is not good, @ann 😀 :-)'];
const example = (name: string): string => fileURLToPath(new URL(`../examples/${name}`, import.meta.url));

let folder: TestFolder;
let trained: string;
beforeAll(async () => {
  folder = new TestFolder();
  trained = join(folder.path, 'trained');
  const data = folder.file('toy.csv', csv(toyReviews(120)));
  const features = ['--nb-features', '--bag-ending', '3'];
  await succeed('train', '--data', data, ...TINY, ...features, '--epochs', '5', '--out', trained);
}, 60_000);
afterAll(() => folder[Symbol.dispose]());

const bytesByName = () =>
  Object.fromEntries(FILES.map((name) => [name, new Uint8Array(readFileSync(join(trained, name)))]));
const bundle = (entry: string) =>
  build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['unroll-source', 'browser'],
    logLevel: 'silent',
  });

test('loads from a folder and from bytes, and predicts what the command predicts', async () => {
  const backend = createReferenceBackend();
  using fromFolder = await SentimentClassifier.load(trained, { backend });
  using fromBytes = await SentimentClassifier.load(bytesByName(), { backend: 'reference' });
  const config = JSON.parse(readFileSync(join(trained, 'config.json'), 'utf8'));
  expect(config).toMatchObject({ architectures: [fromFolder.model.constructor.name], model_type: 'sentiment' });
  expect(fromFolder.tokenizer.config.bag).toMatchObject({ ending: 3 });
  const predictions = fromFolder.predict(TEXTS);
  expect(predictions[0]).toMatchObject({ label: 'positive', probabilities: { positive: expect.any(Number) } });
  expect(fromBytes.predict(TEXTS)).toStrictEqual(predictions);
  const { out } = await succeed('predict', trained, '--backend', 'reference', '--json', ...TEXTS);
  const { predictions: printed } = JSON.parse(out) as { predictions: unknown[] };
  expect(printed).toMatchObject(predictions.map((prediction) => ({ ...prediction })));
});

test('a text with decomposed accents is the same text', async () => {
  using classifier = await SentimentClassifier.load(trained, { backend: 'reference' });
  const text = 'The café is superb';
  const [prediction] = classifier.predict([text.normalize('NFC')]);
  expect(classifier.predict([text.normalize('NFD')])).toStrictEqual([prediction]);
  for (const source of [
    [text.normalize('NFD')],
    ['--data', folder.file('nfd.csv', `text\n${text.normalize('NFD')}\n`)],
  ]) {
    const { out } = await succeed('predict', trained, '--backend', 'reference', '--json', ...source);
    expect(JSON.parse(out)).toMatchObject({ predictions: [{ ...prediction }] });
  }
});

test('explains a prediction', async () => {
  using classifier = await SentimentClassifier.load(trained, { backend: 'reference' });
  const { label, tokens } = explain(classifier, 'This film is superb!');
  expect(label).toBe('positive');
  expect(tokens.toSorted((a, b) => b.gradient - a.gradient)[0]?.value).toBe('superb');
});

test('frees what it has loaded', async () => {
  const backend = createReferenceBackend();
  const use = async (): Promise<number> => {
    using classifier = await SentimentClassifier.load(trained, { backend });
    classifier.predict(TEXTS);
    return backend.heap.bytesInUse;
  };
  await use();
  const before = backend.heap.bytesInUse; // the arena of the tape stays with the backend
  expect(await use()).toBeGreaterThan(before);
  expect(backend.heap.bytesInUse).toBe(before);
});

test.each([
  ['config.json', '{"model_type":"translate"}', 'model: must be a model of sentiment, got one of translate'],
  [
    'config.json',
    '{"model_type":"sentiment","cell":"gru"}',
    /^model\/config\.json: must be the file that the weights were trained with/,
  ],
  ['config.json', '{', 'model/config.json: must be JSON; the file is damaged'],
  ['tokenizer.json', '{}', /^model\/tokenizer\.json: must be the file that the weights were trained with/],
  ['model.safetensors', 'short', /^model\/model\.safetensors: /],
])('rejects a wrong %s: %s', async (name, content, message) => {
  const files = { ...bytesByName(), [name]: new TextEncoder().encode(content) };
  await expect(SentimentClassifier.load(files, { backend: 'reference' })).rejects.toThrow(message);
});

test('imports nothing of Node, however far its imports are followed', async () => {
  const { metafile } = await bundle(fileURLToPath(new URL('index.ts', import.meta.url)));
  const inputs = Object.keys(metafile.inputs);
  expect(inputs.some((path) => path.endsWith('rnn-core/src/index.ts'))).toBe(true);
  expect(inputs.filter((path) => /commands\/|packages\/run\//.test(path))).toStrictEqual([]);
});

test.each(['predict.ts', 'page.js'])('the README shows %s', (name) => {
  expect(readFileSync(new URL('../README.md', import.meta.url), 'utf8')).toContain(
    readFileSync(example(name), 'utf8'),
  );
});

test('the example in Node runs', { timeout: 60_000 }, async () => {
  const args = [await bundledProgram(example('predict.ts'), 'example'), trained];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toMatch(/^(?:(?:positive|negative) \{ negative: [\d.e-]+, positive: [\d.e-]+ \}\n){3}Not +-?\d/);
});

const why = CHROMIUM ? '' : ' (skipped: no Chromium on this machine)';
test.skipIf(!CHROMIUM)(`the example in a page runs in Chromium${why}`, { timeout: 60_000 }, async () => {
  const { outputFiles } = await bundle(example('page.js'));
  const headers = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
  const args = '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking';
  const browser = await chromium.launch({ executablePath: CHROMIUM!, args: args.split(' ') });
  try {
    const page = await browser.newPage();
    await page.route(`${ORIGIN}**`, (route) => {
      const path = new URL(route.request().url()).pathname;
      if (path === '/') {
        const body = '<input type="file" multiple><pre></pre><script type="module" src="/page.js"></script>';
        return route.fulfill({ body, headers, contentType: 'text/html; charset=utf-8' });
      }
      if (path === '/page.js')
        return route.fulfill({ body: outputFiles[0]!.text, headers, contentType: 'text/javascript; charset=utf-8' });
      if (!path.startsWith('/build/')) return route.fulfill({ status: 404 });
      const wasm = fileURLToPath(new URL(`../../../packages/kernels${path}`, import.meta.url));
      return route.fulfill({ body: readFileSync(wasm), headers, contentType: 'application/wasm' });
    });
    await page.goto(ORIGIN);
    await page.locator('input').setInputFiles(FILES.map((name) => join(trained, name)));
    await page.locator('pre', { hasText: '(wasm)' }).waitFor();
    const shown = ((await page.locator('pre').textContent()) ?? '').split('\n');

    using classifier = await SentimentClassifier.load(trained, { backend: 'wasm' });
    for (const [k, { label, probabilities }] of classifier
      .predict(['Wow, loved it :-)', "It isn't good."])
      .entries()) {
      const [shownLabel, shownProbabilities = ''] = (shown[k] ?? '').split(/ (.*)/);
      expect(shownLabel).toBe(label);
      const inPage = JSON.parse(shownProbabilities) as Record<string, number>;
      for (const [name, p] of Object.entries(probabilities)) expect(inPage[name]).toBeCloseTo(p, 6);
    }
  } finally {
    await browser.close();
  }
});

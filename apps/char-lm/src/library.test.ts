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
import { CharLm, type ScoredCharacter } from './char-lm.ts';
import { succeed, TINY, toyText } from './commands/toy.fixture.ts';

const FILES = ['config.json', 'tokenizer.json', 'model.safetensors'] as const;
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const ORIGIN = 'http://localhost:1/';
const example = (name: string): string => fileURLToPath(new URL(`../examples/${name}`, import.meta.url));

let folder: TestFolder;
let trained: string;
beforeAll(async () => {
  folder = new TestFolder();
  trained = join(folder.path, 'trained');
  const data = folder.file('toy.txt', toyText(100));
  await succeed('train', '--data', data, ...TINY, '--steps', '100', '--out', trained);
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

test('loads from a folder and from bytes; both generate and score alike', async () => {
  const backend = createReferenceBackend();
  using fromFolder = await CharLm.load(trained, { backend });
  using fromBytes = await CharLm.load(bytesByName(), { backend: 'reference' });
  const config = JSON.parse(readFileSync(join(trained, 'config.json'), 'utf8'));
  expect(config).toMatchObject({ architectures: [fromFolder.model.constructor.name], model_type: 'char-lm' });
  const options = { prompt: 'The cat ', maxLength: 50, seed: 3 };
  const text = fromFolder.generate(options);
  expect(text).toHaveLength(50);
  expect(fromBytes.generate(options)).toBe(text);
  expect([...fromBytes.stream(options)].join('')).toBe(text);
  expect(fromFolder.generate({ ...options, seed: 4 })).not.toBe(text);
  expect(await fromBytes.score('The dog.')).toStrictEqual(await fromFolder.score('The dog.'));
});

test('a text with decomposed accents is the same text', async () => {
  using lm = await CharLm.load(trained, { backend: 'reference' });
  const text = 'The café is là.';
  expect(await lm.score(text.normalize('NFD'))).toStrictEqual(await lm.score(text.normalize('NFC')));
  const file = folder.file('nfd.txt', text.normalize('NFD'));
  const evaluated = await succeed('evaluate', trained, '--data', file, '--backend', 'reference', '--json');
  expect(JSON.parse(evaluated.out)).toMatchObject({ characters: text.normalize('NFC').length });
  const generate = (prompt: string) => lm.generate({ prompt, maxLength: 20 });
  expect(generate('The che\u0301')).toBe(generate('The ch\u00e9'));
});

test('a text in pieces is scored as the whole is, each piece before the next is read', async () => {
  using lm = await CharLm.load(trained, { backend: 'reference' });
  const pieces = ['The dog sees', ' the ', '', 'çafé.\nThe', ' whale 🐋 hears it.\n'];
  const read: string[] = [];
  const scored: ScoredCharacter[] = [];
  function* reading(): Generator<string> {
    for (const piece of pieces) {
      expect(scored.map(({ character }) => character).join('')).toBe(read.join(''));
      read.push(piece);
      yield piece;
    }
  }
  const score = await lm.scorePieces(reading(), (characters) => void scored.push(...characters));
  const { perCharacter, ...whole } = await lm.score(pieces.join(''));
  expect(score).toEqual(expect.objectContaining({ characters: whole.characters, fallbackRate: whole.fallbackRate }));
  expect(score.bitsPerCharacter).toBeCloseTo(whole.bitsPerCharacter, 6);
  expect(scored.map(({ character }) => character)).toEqual(perCharacter.map(({ character }) => character));
  for (const [k, { bits }] of scored.entries()) expect(bits, String(k)).toBeCloseTo(perCharacter[k]?.bits ?? 0, 5);
});

test('generates what the command generates with the same seed', async () => {
  using lm = await CharLm.load(trained, { backend: 'reference' });
  const { out } = await succeed('sample', trained, '--backend', 'reference', '--max-length', '60', '--seed', '9');
  expect(`${lm.generate({ maxLength: 60, seed: 9 })}\n`).toBe(out);
});

test('frees what it has loaded', async () => {
  const backend = createReferenceBackend();
  const before = backend.heap.bytesInUse;
  const lm = await CharLm.load(trained, { backend });
  lm.generate({ maxLength: 5 });
  lm[Symbol.dispose]();
  expect(backend.heap.bytesInUse).toBe(before);
});

test.each([
  ['config.json', '{"model_type":"translate"}', 'model: must be a model of char-lm, got one of translate'],
  [
    'config.json',
    '{"model_type":"char-lm","cell":"gru"}',
    /^model\/config\.json: must be the file that the weights were trained with, got another content \(sha256 /,
  ],
  ['config.json', '{', 'model/config.json: must be JSON; the file is damaged'],
  ['tokenizer.json', '{}', /^model\/tokenizer\.json: must be the file that the weights were trained with/],
  ['model.safetensors', 'short', /^model\/model\.safetensors: /],
])('refuses a wrong %s: %s', async (name, content, message) => {
  const files = { ...bytesByName(), [name]: new TextEncoder().encode(content) };
  await expect(CharLm.load(files, { backend: 'reference' })).rejects.toThrow(message);
});

test('imports nothing of Node, however far its imports are followed', async () => {
  const { metafile } = await bundle(fileURLToPath(new URL('index.ts', import.meta.url)));
  const inputs = Object.keys(metafile.inputs);
  expect(inputs.some((path) => path.endsWith('rnn-core/src/index.ts'))).toBe(true);
  expect(inputs.filter((path) => /commands\/|packages\/run\//.test(path))).toStrictEqual([]);
});

test.each(['generate.ts', 'page.js'])('the README shows %s', (name) => {
  expect(readFileSync(new URL('../README.md', import.meta.url), 'utf8')).toContain(
    readFileSync(example(name), 'utf8'),
  );
});

test('the example in Node runs', { timeout: 60_000 }, async () => {
  const args = [await bundledProgram(example('generate.ts'), 'example'), trained];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toMatch(/^.+\n[^]{40}\n\d\.\d{3} bits per character\nT \d/);
});

const why = CHROMIUM ? '' : ' (skipped: no Chromium on this machine)';
test.skipIf(!CHROMIUM)(`the example in a page runs in Chromium${why}`, { timeout: 60_000 }, async () => {
  const { outputFiles } = await bundle(example('page.js'));
  const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
  const args = '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking';
  const browser = await chromium.launch({ executablePath: CHROMIUM!, args: args.split(' ') });
  try {
    const page = await browser.newPage();
    await page.route(`${ORIGIN}**`, (route) => {
      const path = new URL(route.request().url()).pathname;
      const headers = isolated;
      if (path === '/') {
        const body = '<input type="file" multiple><pre></pre><script type="module" src="/page.js"></script>';
        return route.fulfill({ body, headers, contentType: 'text/html' });
      }
      if (path === '/page.js')
        return route.fulfill({ body: outputFiles[0]!.text, headers, contentType: 'text/javascript' });
      if (!path.startsWith('/build/')) return route.fulfill({ status: 404 });
      const wasm = fileURLToPath(new URL(`../../../packages/kernels${path}`, import.meta.url));
      return route.fulfill({ body: readFileSync(wasm), headers, contentType: 'application/wasm' });
    });
    await page.goto(ORIGIN);
    await page.locator('input').setInputFiles(FILES.map((name) => join(trained, name)));
    await page.locator('pre', { hasText: '(wasm)' }).waitFor();

    using lm = await CharLm.load(trained, { backend: 'wasm' });
    const text = lm.generate({ prompt: 'The ', maxLength: 100, temperature: 0.7, seed: 1, stop: '\n' });
    const { bitsPerCharacter } = await lm.score('The whale sees the old boat.');
    expect(await page.locator('pre').textContent()).toBe(
      `${text}\n${bitsPerCharacter.toFixed(3)} bits per character (wasm)`,
    );
  } finally {
    await browser.close();
  }
});

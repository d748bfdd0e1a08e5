import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BrowserPage, CHROMIUM, TestFolder } from '@unroll/run/testing';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRunSeries } from './commands/run-data.ts';
import { succeed, TINY, toySales } from './commands/toy.fixture.ts';
import { Forecaster } from './index.ts';

const FILES = ['config.json', 'tokenizer.json', 'model.safetensors'] as const;
const local = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

let folder: TestFolder;
let trained: string;
beforeAll(async () => {
  folder = new TestFolder();
  trained = join(folder.path, 'trained');
  const data = folder.file('sales.csv', toySales(140, ['north', 'south']));
  await succeed('train', '--data', data, ...TINY, '--head', 'direct', '--steps', '10', '--out', trained);
});
afterAll(() => folder[Symbol.dispose]());

const bytesByName = () =>
  Object.fromEntries(FILES.map((name) => [name, new Uint8Array(readFileSync(join(trained, name)))]));

test('the bytes of a model forecast what its folder does', async () => {
  using fromFolder = await Forecaster.load(trained, { backend: 'reference' });
  using fromBytes = await Forecaster.load(bytesByName(), { backend: 'reference' });
  const { series } = await readRunSeries({ dir: trained });
  for (const one of series) expect(fromBytes.forecast(one)).toStrictEqual(fromFolder.forecast(one));
});

test.each([
  ['config.json', '{}', /^model: must be a model of forecast, got one of unknown origin/],
  ['tokenizer.json', '{}', /^model\/tokenizer\.json: /],
  ['model.safetensors', 'short', /^model\/model\.safetensors: /],
])('rejects a wrong %s: %s', async (name, content, message) => {
  const files = { ...bytesByName(), [name]: new TextEncoder().encode(content) };
  await expect(Forecaster.load(files, { backend: 'reference' })).rejects.toThrow(message);
});

test('imports nothing of Node, however far its imports are followed', async () => {
  const { metafile } = await build({
    entryPoints: [local('index.ts')],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['unroll-source', 'browser'],
    logLevel: 'silent',
  });
  const inputs = Object.keys(metafile.inputs);
  expect(inputs.some((path) => path.endsWith('rnn-core/src/index.ts'))).toBe(true);
  expect(inputs.filter((path) => /commands\/|packages\/run\//.test(path))).toStrictEqual([]);
});

test('the page of the README is the example, to the letter', () => {
  const example = readFileSync(local('../examples/page.ts'), 'utf8');
  expect(readFileSync(local('../README.md'), 'utf8')).toContain(`\`\`\`ts\n${example}\`\`\``);
});

const why = CHROMIUM ? '' : ' (skipped: no Chromium on this machine)';
test.skipIf(!CHROMIUM)(`in a page it forecasts what it forecasts in Node${why}`, { timeout: 60_000 }, async () => {
  const model = Object.fromEntries(Object.entries(bytesByName()).map(([name, bytes]) => [`model/${name}`, bytes]));
  const csv = new TextEncoder().encode(toySales(140, ['north', 'south']));
  await using browser = await BrowserPage.open({
    script: local('../examples/page.ts'),
    files: { ...model, 'sales.csv': csv },
  });
  await expect.poll(async () => browser.page.textContent('body'), { timeout: 30_000 }).toMatch(/^\[\[/);
  const shown = JSON.parse((await browser.page.textContent('body')) ?? '') as number[][];
  using forecaster = await Forecaster.load(trained, { backend: 'reference' });
  const { series } = await readRunSeries({ dir: trained });
  for (const [k, one] of series.entries())
    for (const [at, quantile] of forecaster.forecast(one).quantiles.entries())
      expect(shown[k]?.[at]).toBeCloseTo(quantile, 3);
});

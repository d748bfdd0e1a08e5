import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BrowserPage, bundledProgram, CHROMIUM, TestFolder } from '@unroll/run/testing';
import { Translator } from '@unroll/translate';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { succeed, TINY, toyPairs, tsv } from './commands/toy.fixture.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const SENTENCE = 'The red horse follows a cat.';
const TRANSLATION = 'Le cheval rouge suit un chat.';
const PATIENT = { timeout: 120_000 }; // where other programs take the processors
const FILES = ['config.json', 'tokenizer.json', 'model.safetensors'];
const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const example = (name: string) => fileURLToPath(new URL(`../examples/${name}`, import.meta.url));

let folder: TestFolder;
let run: string;

beforeAll(async () => {
  folder = new TestFolder();
  run = join(folder.path, 'run');
  const data = folder.file('toy.tsv', tsv(toyPairs(200)));
  await succeed('train', '--data', data, ...TINY, '--steps', '300', '--validate-every', '150', '--out', run);
});
afterAll(() => folder[Symbol.dispose]());

const files = () => Object.fromEntries(FILES.map((name) => [name, new Uint8Array(readFileSync(join(run, name)))]));

test('no module of the library imports Node or what runs on Node alone', () => {
  const seen = new Set<string>();
  const foreign: string[] = [];
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const text = readFileSync(path, 'utf8').replaceAll(/import type [^;]*;/g, '');
    for (const [, name = ''] of text.matchAll(/from '([^']+)'/g))
      if (name.startsWith('.')) visit(join(dirname(path), name));
      else if (/^node:|@unroll\/(run|datasets)/.test(name)) foreign.push(`${path}: ${name}`);
  };
  visit(fileURLToPath(new URL('./index.ts', import.meta.url)));
  expect(seen.size).toBeGreaterThan(10);
  expect([...seen].filter((path) => path.includes('/commands/'))).toEqual([]);
  expect(foreign).toEqual([]);
});

describe('a translator', () => {
  test('from a folder and from bytes', async () => {
    for (const source of [run, files()]) {
      using translator = await Translator.load(source, { backend: 'reference' });
      expect(await translator.translate(SENTENCE)).toBe(TRANSLATION);
      expect(await translator.translate([SENTENCE, '', SENTENCE])).toEqual([TRANSLATION, '', TRANSLATION]);
      const config = JSON.parse(readFileSync(join(run, 'config.json'), 'utf8'));
      expect(config).toMatchObject({ architectures: [translator.model.constructor.name], model_type: 'translate' });
      const { logProbability } = translator.score({ source: SENTENCE, target: TRANSLATION });
      const [[best] = []] = await translator.search([SENTENCE], { beamSize: 3 });
      expect(logProbability).toBeCloseTo(best!.logProbability, 4);
    }
  });

  test('says in one line what is wrong', async () => {
    const { 'tokenizer.json': _, ...incomplete } = files();
    await expect(Translator.load(incomplete)).rejects.toThrow(
      'model files: must hold tokenizer.json, got config.json, model.safetensors',
    );
    const foreign = { ...files(), 'config.json': new TextEncoder().encode('{"model_type":"char-lm"}') };
    await expect(Translator.load(foreign)).rejects.toThrow('model: must be a model of translate, got one of char-lm');
    const damaged = { ...files(), 'config.json': new TextEncoder().encode('{"model_type":') };
    await expect(Translator.load(damaged)).rejects.toThrow('model/config.json: must be JSON; the file is damaged');
    using translator = await Translator.load(run, { backend: 'reference' });
    await expect(translator.search([SENTENCE], { beamSize: 2, nBest: 3 })).rejects.toThrow(
      'Translator.search: nBest must be at most beamSize, 2, got 3',
    );
  });
});

test('the example of the README runs in Node', async () => {
  const path = example('translate.ts');
  expect(README).toContain(`\`\`\`ts\n${readFileSync(path, 'utf8')}\`\`\``);
  const args = [await bundledProgram(path, 'example'), run, SENTENCE, SENTENCE];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const [first, second, ...rest] = stdout.trim().split('\n');
  expect([first, second]).toEqual([TRANSLATION, TRANSLATION]);
  expect(rest).toHaveLength(4);
  expect(rest[0]).toMatch(/^-\d\.\d\d {2}Le cheval rouge suit un chat\.$/);
});

const why = CHROMIUM ? '' : ' (skipped: no Chromium on this machine)';
test.skipIf(!CHROMIUM)(`the example page of the README runs in Chromium${why}`, async () => {
  const path = example('page.ts');
  expect(README).toContain(`\`\`\`ts\n${readFileSync(path, 'utf8')}\`\`\``);
  const model = Object.fromEntries(Object.entries(files()).map(([name, bytes]) => [`model/${name}`, bytes]));
  await using browser = await BrowserPage.open({
    script: path,
    body: '<textarea></textarea><output></output>',
    files: model,
  });
  const { page } = browser;
  const output = async (): Promise<string | undefined> =>
    page.evaluate(() => document.querySelector('output')?.value);
  await expect.poll(output, PATIENT).toMatch(/^Ready: wasm/);
  await page.fill('textarea', `${SENTENCE}\n${SENTENCE}`);
  await page.dispatchEvent('textarea', 'change');
  await expect.poll(output, PATIENT).toBe(`${TRANSLATION}\n${TRANSLATION}`);
});

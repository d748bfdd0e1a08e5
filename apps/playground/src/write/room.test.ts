import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CharLm, CharLmTask, encodeCorpus } from '@unroll/char-lm';
import { program } from '@unroll/char-lm/program';
import { createWasmBackend } from '@unroll/kernels/wasm';
import { type Backend, decodeSafetensors, fit, MemoryCheckpoints, type SavedTensors } from '@unroll/rnn-core';
import { callSuccessfully, TestFolder } from '@unroll/run/testing';
import { vocabularyFromText } from '@unroll/text';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSettings } from '../shell/settings.ts';
import {
  axeViolations,
  codeSize,
  distFile,
  downloaded,
  dropped,
  frameRate,
  measured,
  type OpenPage,
  patience,
  pressed,
  ROOM_LIMIT,
  Site,
  skipped,
  typed,
  widthOf,
} from '../site.fixture.ts';
import { MODEL_FILES } from '../storage/model-files.ts';
import { trainingOptions, WRITE_SETTINGS } from './settings.ts';

const RUN = 'hidden=16&steps=200&seed=3&lr=0.01';
const FIRST_LETTER_SIZE = 150_000; // gzipped bytes until then, without text and model
const FIRST_LETTER_LIMIT = 1000; // milliseconds, of the best of some visits
const VISITS = 3;
const WAIT = { timeout: 60_000 };

/** Weights as the run of the page leaves them, trained here. */
async function trainedInNode(backend: Backend): Promise<SavedTensors> {
  const settings = readSettings(WRITE_SETTINGS, new URLSearchParams(RUN));
  const text = distFile('texts/moby-dick.txt').toString();
  const cut = Math.floor(text.length * 0.9);
  const [train, valid] = [text.slice(0, cut), text.slice(cut)];
  const corpus = encodeCorpus({ name: '', train, valid, test: undefined }, vocabularyFromText(train, 'codepoint'));
  using task = new CharLmTask(trainingOptions(settings), corpus, backend, settings.steps);
  const checkpoints = new MemoryCheckpoints();
  await fit(task, { steps: settings.steps, validateEvery: 10, checkpoints });
  return checkpoints.best() as SavedTensors;
}

function sha256(tensors: SavedTensors): string {
  const hash = createHash('sha256');
  for (const [name, { data }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest('hex');
}

/** Prints what was measured. */
const say = (line: string) => process.stdout.write(`${line}\n`);
const ready = (page: Page) => page.locator('.passage span').first().waitFor(WAIT);
const stepOf = async (page: Page): Promise<number> =>
  Number.parseInt((await page.locator('.figures dd').first().innerText()).replaceAll(',', ''), 10);
const trainedTo = (page: Page, least: number) =>
  page.waitForFunction(
    (least) =>
      Number.parseInt(document.querySelector('.figures dd')?.textContent?.replaceAll(',', '') ?? '', 10) >= least,
    least,
    WAIT,
  );

describe.skipIf(skipped)(`the room Write in Chromium${skipped}`, { timeout: 120_000 }, () => {
  let site: Site;
  let first: OpenPage;
  let folder: TestFolder;
  let backend: Backend;
  let expected: string;
  beforeAll(async () => {
    folder = new TestFolder();
    backend = await createWasmBackend({ exact: true, threads: 1 });
    site = await Site.open();
    first = await site.page(`#/write?${RUN}`);
    await ready(first.page);
    expected = sha256(await trainedInNode(backend));
  }, 120_000);
  afterAll(async () => {
    await site[Symbol.asyncDispose]();
    backend.close();
    folder[Symbol.dispose]();
  });

  test('the first letter is coloured soon, in a browser that has seen nothing of the site', async () => {
    const times: number[] = [];
    for (let visit = 0; visit < VISITS; visit++) {
      const { page } = await site.page('#/write'); // in a context of its own, with no cache
      await ready(page);
      times.push((await measured(page)).firstLetter as number);
      await page.context().close();
    }
    const best = Math.min(...times);
    say(`first coloured letter after ${best.toFixed(0)} ms, with ${patience().toFixed(1)} programs per core`);
    expect(best).toBeLessThan(FIRST_LETTER_LIMIT * patience());
  });

  test('loads little before the first coloured letter', () => {
    const size = codeSize(first);
    say(`until the first coloured letter: ${(size / 1000).toFixed(0)} kB gzipped with WebAssembly`);
    expect([...first.loaded.keys()]).toContain('write.js');
    expect(size).toBeLessThan(FIRST_LETTER_SIZE);
    expect(distFile('texts/moby-dick.txt').length).toBeLessThan(150_000);
  });

  test('200 steps: the loss falls, the page stays quick, the weights are those of Node, bit for bit', async () => {
    const { page } = first;
    const idle = await frameRate(page);
    await pressed(page, 'Train');
    await trainedTo(page, 2);
    const before = (await measured(page)).longTasks.length;
    const training = await frameRate(page);
    const longest = Math.max(0, ...(await measured(page)).longTasks.slice(before));
    say(
      `${training.toFixed(0)} frames a second while training, ${idle.toFixed(0)} before; longest task ${longest.toFixed(0)} ms`,
    );
    await page.getByRole('button', { name: 'Train anew' }).waitFor(WAIT);
    expect(await stepOf(page)).toBe(200);
    const [train, heldOut] = await page
      .locator('.figures dd')
      .allInnerTexts()
      .then((texts) => texts.slice(1, 3).map(Number.parseFloat));
    expect(train).toBeLessThan(4.2); // of 6.4 bits at random
    expect(heldOut).toBeLessThan(4.2);
    const files = await downloaded(page);
    expect(sha256(decodeSafetensors(files['model.safetensors'] as Uint8Array, 'page').tensors)).toBe(expected);
    expect(training).toBeGreaterThan(Math.min(50, 0.8 * idle) / patience()); // other programs take frames, too
    expect(longest).toBeLessThan(100 * patience());
    const size = codeSize(first); // with what draws the curves
    say(`the room Write: ${(size / 1000).toFixed(0)} kB gzipped with WebAssembly`);
    expect(size).toBeLessThan(ROOM_LIMIT);
  });

  test('a reload while it trains, a resume, a pause and another resume end in the same bits', async () => {
    const { page } = first;
    await pressed(page, 'Train anew');
    await trainedTo(page, 40);
    await page.reload();
    await pressed(page, 'Resume');
    await trainedTo(page, 80);
    if ((await stepOf(page)) < 200) {
      await pressed(page, 'Pause');
      await page.getByRole('button', { name: 'Train anew' }).waitFor(WAIT);
      if ((await stepOf(page)) < 200) await pressed(page, 'Resume');
    }
    await trainedTo(page, 200);
    await page.getByRole('button', { name: 'Train anew' }).waitFor(WAIT);
    const files = await downloaded(page);
    expect(sha256(decodeSafetensors(files['model.safetensors'] as Uint8Array, 'page').tensors)).toBe(expected);
  });

  test('the zip it gives to keep is a folder that char-lm samples in Node', async () => {
    const { page } = first;
    const dir = join(folder.path, 'downloaded');
    mkdirSync(dir);
    for (const [name, bytes] of Object.entries(await downloaded(page))) writeFileSync(join(dir, name), bytes);
    const { out } = await callSuccessfully(program, ['sample', dir, '--prompt', 'The ', '--max-length', '50']);
    expect(out.length).toBeGreaterThan(40);
    using lm = await CharLm.load(dir, { backend });
    await page.getByLabel('Prompt').fill('The ');
    await pressed(page, 'Write');
    await page.locator('.written').waitFor();
    const text = lm.generate({ prompt: 'The ', temperature: 0.7, seed: 3, maxLength: 240 });
    expect(await page.locator('.written').textContent()).toBe(`The ${text}`);
  });

  test('a folder trained by char-lm in Node is dropped, and writes the same text', async () => {
    const data = folder.file('toy.txt', 'The old cat sees the red boat.\n'.repeat(200));
    const trained = join(folder.path, 'trained');
    const tiny = '--hidden-size 12 --embedding-size 8 --batch-size 4 --bptt 8 --lr 0.02 --steps 60'.split(' ');
    await callSuccessfully(program, ['train', '--data', data, ...tiny, '--out', trained]);
    const { page } = first;
    await dropped(page, Object.fromEntries(MODEL_FILES.map((name) => [name, readFileSync(join(trained, name))])));
    await page.getByText('Read by the model you loaded').waitFor(WAIT);
    await page.locator('.written').waitFor({ state: 'detached' });
    await pressed(page, 'Write');
    await page.locator('.written').waitFor();
    using lm = await CharLm.load(trained, { backend });
    const text = lm.generate({ prompt: 'The ', temperature: 0.7, seed: 3, maxLength: 240 });
    expect(await page.locator('.written').textContent()).toBe(`The ${text}`);

    await typed(page, 'Steps', 20);
    await pressed(page, 'Train');
    await page.getByRole('button', { name: 'Train anew' }).waitFor(WAIT);
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  test('changing the learning rate while it trains goes on from the same step', async () => {
    const { page } = first;
    await page.evaluate(() => location.assign('#/write?hidden=16&steps=5000'));
    await page.getByRole('button', { name: 'Resume', exact: true }).waitFor(WAIT); // the page has read its address
    await pressed(page, 'Train anew');
    await trainedTo(page, 5);
    await page.getByLabel('Learning rate').fill('-3');
    await page.getByLabel('Learning rate').blur();
    await trainedTo(page, (await stepOf(page)) + 5);
    expect(page.url()).toContain('lr=0.001');
    await pressed(page, 'Pause');
    await page.getByRole('button', { name: 'Resume', exact: true }).waitFor(WAIT);
  });

  test('the chosen letter shows what was expected, what it depends on, and similar moments, by keyboard', async () => {
    const { page } = first;
    await page.evaluate(() => location.assign('#/write?colour=unit&unit=5&text=own'));
    await page.getByRole('textbox', { name: /^Passage,/ }).press('End');
    await page.keyboard.press('Enter');
    await page.getByText('Depends most on').waitFor(WAIT);
    expect(await page.locator('.bars li').count()).toBe(8);
    await pressed(page, 'Find similar moments');
    await page.locator('.moments li').first().waitFor(WAIT);
    expect(
      await page
        .locator('.moments small')
        .filter({ hasText: /^[01]\.\d{3}$/ })
        .count(),
    ).toBe(8);
    expect(await page.getByRole('slider', { name: 'Unit' }).inputValue()).toBe('6');
    await page.evaluate(() => location.assign('#/write?hidden=16&steps=10&threads=1'));
    await pressed(page, 'Train anew');
    await page.getByText('10 / 10').waitFor(WAIT);
    await page.getByText('Depends most on').waitFor(WAIT); // the letter is still held
  });

  test.each([
    ['light', 1280],
    ['dark', 360],
  ] as const)(
    'axe finds nothing in %s at %i pixels, and nothing is wider than the page, also with large text',
    async (colorScheme, width) => {
      const { page } = first;
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      expect(await axeViolations(page)).toStrictEqual([]);
      expect(await widthOf(page)).toBeLessThanOrEqual(width);
    },
  );
});

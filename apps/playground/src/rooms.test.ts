import { createHash } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXAMPLES } from './classify/examples.ts';
import { ClassifySession } from './classify/session.ts';
import { CLASSIFY_SETTINGS } from './classify/settings.ts';
import { MicroscopeSession } from './microscope/session.ts';
import { MICROSCOPE_SETTINGS } from './microscope/settings.ts';
import { unpackText } from './shell/packed-text.ts';
import type { RunSession, RunSetup } from './shell/run-session.ts';
import { readSettings, type Settings, type ValuesOf } from './shell/settings.ts';
import {
  axeViolations,
  downloaded,
  dropped,
  expectQuick,
  type OpenPage,
  pressed,
  Site,
  skipped,
  typed,
  unzipped,
  widthOf,
} from './site.fixture.ts';
import { TranslateSession } from './translate/session.ts';
import { TRANSLATE_SETTINGS } from './translate/settings.ts';
import { UnrollSession } from './unroll/session.ts';
import { UNROLL_SETTINGS } from './unroll/settings.ts';

const WAIT = { timeout: 60_000 };

const paramsOf = (page: Page): URLSearchParams => new URLSearchParams(page.url().split('?')[1]);
const settingsOf = <S extends Settings>(page: Page, schema: S): ValuesOf<S> => readSettings(schema, paramsOf(page));
const hash = (files: Readonly<Record<string, Uint8Array>>): string =>
  createHash('sha256')
    .update(files['model.safetensors'] as Uint8Array)
    .digest('hex');

/** As the page shows it. */
const stepOf = (page: Page): Promise<number> =>
  page.evaluate(() => Number(/(?:Step|At step)\s+([\d,]+)/.exec(document.body.innerText)?.[1]?.replace(',', '')));

/** Waits until a run has ended, and looks whether it is at its last step. */
async function ended(page: Page, step: number): Promise<void> {
  await page.getByRole('button', { name: 'Train anew' }).waitFor(WAIT);
  expect(await page.getByText(new RegExp(`^(Step )?${step} (/|of) ${step}`)).count()).toBe(1);
}

/** Looks at a room while it trains: it is quick, and goes on from the same step with another learning rate. */
async function watched(page: Page): Promise<void> {
  await expectQuick(page);
  const before = await stepOf(page);
  await page.getByLabel('Learning rate').press('Home');
  await expect.poll(() => stepOf(page), WAIT).toBeGreaterThan(before);
  await pressed(page, 'Pause');
  await page.getByRole('button', { name: 'Train anew' }).waitFor(WAIT);
}

/** The model of a run that is never interrupted, trained here. */
async function trainedInNode<Setup extends RunSetup>(
  session: RunSession<Setup, unknown>,
  setup: Setup,
): Promise<Record<string, Uint8Array>> {
  await session.train(setup, 'anew', { threads: 1, maximumMemory: 2 ** 28 }, () => {});
  return unzipped(await session.download('model'));
}

/** How each room is used until it shows what it is for. The room Write has its own tests. */
const ROOMS: Readonly<Record<string, (open: OpenPage, site: Site) => Promise<void>>> = {
  '#/unroll?cell=lstm&length=4&steps=400&threads=1': async ({ page }) => {
    await page.waitForFunction(() => /Step [1-9]\d+ of/.test(document.body.innerText), undefined, WAIT);
    await page.reload();
    await page.getByText('A run is saved in this browser.').waitFor(WAIT);
    await page.locator('.unrolled').waitFor(WAIT); // as far as it is
    await pressed(page, 'Resume');
    await page
      .getByRole('button', { name: /^(Pause|Train anew)$/, disabled: false })
      .first()
      .click();
    await page.getByRole('button', { name: 'Train anew' }).waitFor(WAIT);
    if ((await stepOf(page)) < 400) await pressed(page, 'Resume'); // a fast machine has finished it
    await ended(page, 400);
    const setup = { settings: settingsOf(page, UNROLL_SETTINGS), loaded: undefined };
    expect(hash(await downloaded(page))).toBe(hash(await trainedInNode(new UnrollSession(), setup)));

    const stage = page.getByRole('group', { name: 'The unrolled network' });
    await stage.press('ArrowRight');
    await stage.press('ArrowDown');
    await stage.press('Alt+ArrowLeft'); // is the browser's
    await page.getByRole('heading', { name: 'Unit 2 at step 2' }).waitFor();
    expect(page.url()).toContain('t=2&unit=1');
    expect(await page.locator('.equations tr').count()).toBe(6);
    await stage.press(' ');
    expect(await page.locator('.arrow.backward').count()).toBe(5); // four steps and an output
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await pressed(page, 'Run backward');
    expect(paramsOf(page).get('t')).toBeNull(); // step 1, at once
    await page.getByRole('radio', { name: 'Vanilla RNN' }).check();
    await page.locator('.stage:not(.stale)').waitFor(WAIT);
    expect(await page.locator('.equations tr').count()).toBe(1);

    await ended(page, 400);
    for (const rate of ['0.022', '0.025']) {
      await page.getByLabel('Learning rate').press('ArrowRight');
      await expect.poll(() => paramsOf(page).get('lr')).toBe(rate);
    }
    await typed(page, 'Steps', 20_000);
    await pressed(page, 'Train anew');
    await page.waitForFunction(() => /Step [1-9][\d,]* of 20,000/.test(document.body.innerText), undefined, WAIT);
    await watched(page);
    expect(paramsOf(page).get('lr')).toBe('0.001');

    const query = new URLSearchParams('cell=gru&shape=aligned&length=5&hidden=3&steps=150&lr=0.05');
    const settings = readSettings(UNROLL_SETTINGS, query);
    await dropped(page, await trainedInNode(new UnrollSession(), { settings, loaded: undefined }));
    await page.getByText('1 × 3 GRU').waitFor(WAIT);
    await page.getByRole('heading', { name: 'Many to many' }).waitFor();
    expect(await page.locator('.letter.right').count()).toBeGreaterThan(1);
    expect(Object.fromEntries(paramsOf(page))).toMatchObject({ cell: 'gru', shape: 'aligned', start: 'loaded' });
    await typed(page, 'Steps', 60);
    await pressed(page, 'Train');
    await ended(page, 60);
    expect(await page.getByText('1 × 3 GRU').count()).toBe(1);
  },
  '#/classify?steps=150&hidden=4&threads=1': async (open, site) => {
    const { page } = open;
    await page.waitForFunction(() => /Step [1-9]\d*0 of/.test(document.body.innerText), undefined, WAIT);
    await page.reload();
    await page.getByText('A run is saved in this browser.').waitFor(WAIT);
    const other = (await site.page('#/classify?steps=20&hidden=3&seed=2', { beside: open })).page; // another tab, with its own run
    await ended(other, 20);
    await pressed(page, 'Resume');
    await ended(page, 150);
    const setup = { settings: settingsOf(page, CLASSIFY_SETTINGS), rows: EXAMPLES, loaded: undefined };
    expect(hash(await downloaded(page))).toBe(hash(await trainedInNode(new ClassifySession(), setup)));
    await other.reload();
    await page.getByRole('button', { name: 'Delete slow' }).waitFor(WAIT);
    await other.getByText('Step 20 of 20').waitFor(WAIT); // its own, finished
    const small = await downloaded(other);
    await other.close();

    await page.getByLabel('A sentence').fill('');
    await page.getByText('Write a sentence above.').waitFor(WAIT);
    await page.getByLabel('A sentence').fill('A wonderful and perfect day');
    await page.getByText(/^positive, \d+ %$/).waitFor(WAIT);
    const word = page.getByRole('button', { name: 'Delete wonderful' });
    await word.click();
    expect(await word.getAttribute('aria-pressed')).toBe('true');
    expect(paramsOf(page).get('text')).toBe('A wonderful and perfect day');
    await page.getByLabel('New sentence').fill('Odd.');
    await page.getByLabel('New label').fill('neutral');
    await page.getByRole('button', { name: 'Add an example' }).click();
    await page.getByText('57 sentences').waitFor();
    await page.getByText('The network has not seen your last changes yet').waitFor();
    await page.waitForFunction(() => location.hash.includes('examples='));
    expect(await unpackText(paramsOf(page).get('examples') ?? '')).toContain('{"text":"Odd.","label":"neutral"}');
    await dropped(page, small);
    await page.getByText('1 × 3 GRU').waitFor(WAIT);
    expect(paramsOf(page).get('start')).toBe('loaded');
    await page.getByRole('radio', { name: 'Random weights' }).check(); // the loaded model knows no third label
    await typed(page, 'Steps', 10_000);
    await pressed(page, 'Train');
    await page.waitForFunction(() => /Step [1-9]\d* of/.test(document.body.innerText), undefined, WAIT);
    await watched(page);
  },
  '#/translate?text=a+happy+dog+sees+the+house.&beam=2&steps=40&hidden=8&threads=1': async ({ page }) => {
    await page.getByText('un chien content voit la maison.').waitFor(WAIT);
    expect(await page.locator('.attention tbody tr').count()).toBeGreaterThan(5);
    expect(await page.getByText('It has never read').count()).toBe(0);
    await page.locator('.node:not(.best):not([disabled])').first().click();
    await page.getByRole('button', { name: 'Let it begin freely', disabled: false }).waitFor(WAIT);
    expect(page.url()).toContain('prefix=');
    const shipped = await downloaded(page);

    await pressed(page, 'Train');
    await page.waitForFunction(() => /[1-3]\d \/ 40/.test(document.body.innerText), undefined, WAIT);
    expect(page.url()).not.toContain('prefix=');
    await page.reload();
    await page.getByText('A run is saved in this browser.').waitFor(WAIT);
    await pressed(page, 'Resume');
    await ended(page, 40);
    await page.getByText('Translated by the model of this run.').waitFor(WAIT);
    const setup = { settings: settingsOf(page, TRANSLATE_SETTINGS), pairs: '', loaded: undefined };
    expect(hash(await downloaded(page))).toBe(hash(await trainedInNode(new TranslateSession(), setup)));

    await dropped(page, shipped);
    await page.getByText('un chien content voit la maison.').waitFor(WAIT);
    await page.getByText('Translated by the model you loaded.').waitFor(WAIT);
    await typed(page, 'Steps', 5000);
    await pressed(page, 'Train');
    await page.waitForFunction(() => /\b[1-9][\d,]* \/ 5,000/.test(document.body.innerText), undefined, WAIT);
    await watched(page);
  },
  '#/microscope?delay=3&steps=250&hidden=4&threads=1&third=mingru': async ({ page }) => {
    await pressed(page, 'Train');
    await page.waitForFunction(() => /(At|Finished at) step [1-9]/.test(document.body.innerText), undefined, WAIT);
    await page.reload();
    await page.getByText('A run is saved in this browser.').waitFor(WAIT);
    await page.locator('.notice .primary').click(); // a fast machine has finished it
    await page.getByText(/^Finished at step 250/).waitFor(WAIT);
    expect(await page.getByText(/^Gradients /).count()).toBe(3);
    const setup = { settings: settingsOf(page, MICROSCOPE_SETTINGS), loaded: undefined };
    expect(hash(await downloaded(page))).toBe(hash(await trainedInNode(new MicroscopeSession(), setup)));
    await typed(page, 'Steps', 50);
    await page.getByRole('slider', { name: 'Delay' }).fill('4');
    await page.getByText('over 4 others').waitFor();
    await page.getByText(/^Finished at step 50/).waitFor(WAIT);

    await typed(page, 'Steps', 5000);
    await pressed(page, 'Resume');
    await page.getByText(/^At step [1-9]/).waitFor(WAIT);
    await watched(page);
    expect(paramsOf(page).get('lr')).toBe('0.0005');

    const query = new URLSearchParams('first=lstm&second=gru&third=sru&delay=2&hidden=6&steps=150&lr=0.02');
    const settings = readSettings(MICROSCOPE_SETTINGS, query);
    await dropped(page, await trainedInNode(new MicroscopeSession(), { settings, loaded: undefined }));
    await page.getByText('1 × 6 LSTM, GRU, SRU').waitFor(WAIT);
    await page.getByText('over 2 others').waitFor();
    await page
      .getByText(/^100 % correct/)
      .first()
      .waitFor();
    await typed(page, 'Steps', 50);
    await pressed(page, 'Train');
    await page.getByText(/^Finished at step 50/).waitFor(WAIT);
  },
};

let site: Site;
beforeAll(async () => {
  if (!skipped) site = await Site.open();
});
afterAll(() => site?.[Symbol.asyncDispose]());

describe.skipIf(skipped).each(Object.entries(ROOMS))(
  `%s in Chromium${skipped}`,
  { timeout: 120_000 },
  (hash, use) => {
    let open: OpenPage;
    beforeAll(async () => {
      open = await site.page(hash);
    });
    afterAll(() => open.page.context().close());

    test('does what it is for, without an error or a request to another origin', async () => {
      await use(open, site);
      expect(await open.page.getByRole('alert').count()).toBe(0);
      expect(open.faults).toStrictEqual([]);
    });

    test.each([
      ['light', 1280],
      ['dark', 360],
    ] as const)(
      'axe finds nothing in %s at %i pixels, and nothing is wider than the page, also with large text',
      async (colorScheme, width) => {
        const { page } = open;
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        expect(await axeViolations(page)).toStrictEqual([]);
        expect(await widthOf(page)).toBeLessThanOrEqual(width);
      },
    );
  },
);

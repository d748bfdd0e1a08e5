import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeViolations, type OpenPage, Site, skipped } from './site.fixture.ts';

const WAIT = { timeout: 60_000 };

/** How each room is used until it shows what it is for. The room Write has its own tests. */
const ROOMS: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  '#/unroll?cell=lstm&length=4&steps=50': async (page) => {
    await page.locator('.unrolled').waitFor(WAIT);
    const stage = page.getByRole('group', { name: 'The unrolled network' });
    await stage.press('ArrowRight');
    await stage.press('ArrowDown');
    await page.getByRole('heading', { name: 'Unit 2 at step 2' }).waitFor();
    expect(page.url()).toContain('t=2&unit=1');
    expect(await page.locator('.equations tr').count()).toBe(6);
    await stage.press(' ');
    expect(await page.locator('.arrow.backward').count()).toBe(5); // four steps and an output
    await page.getByRole('radio', { name: 'Vanilla' }).check();
    await page.locator('.stage:not(.stale)').waitFor(WAIT);
    expect(await page.locator('.equations tr').count()).toBe(1);
  },
  '#/classify?steps=30&hidden=4': async (page) => {
    await page.getByText('Step 30 of 30').waitFor(WAIT);
    await page.getByLabel('A sentence').fill('A wonderful and perfect day');
    await page.getByText(/^positive, \d+ %$/).waitFor(WAIT);
    const word = page.getByRole('button', { name: 'Delete wonderful' });
    await word.click();
    expect(await word.getAttribute('aria-pressed')).toBe('true');
    expect(new URLSearchParams(page.url().split('?')[1]).get('text')).toBe('A wonderful and perfect day');
    await page.getByLabel('New sentence').fill('Odd.');
    await page.getByLabel('New label').fill('neutral');
    await page.getByRole('button', { name: 'Add an example' }).click();
    await page.getByText('57 sentences').waitFor();
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByText('Step 30 of 30').waitFor(WAIT);
  },
  '#/translate?text=a+happy+dog+sees+the+house.&beam=2': async (page) => {
    await page.getByText('un chien content voit la maison.').waitFor(WAIT);
    expect(await page.locator('.attention tbody tr').count()).toBeGreaterThan(5);
    await page.locator('.node:not(.best):not([disabled])').first().click();
    await page.getByRole('button', { name: 'Let it begin freely' }).waitFor(WAIT);
    expect(page.url()).toContain('prefix=');
  },
  '#/microscope?delay=3&steps=60&hidden=8': async (page) => {
    await page.getByRole('button', { name: 'Train all three' }).click();
    await page.getByText('Finished at step 60').waitFor(WAIT);
    expect(await page.getByText(/^Gradients /).count()).toBe(3);
    await page.getByRole('slider', { name: 'Delay' }).fill('4');
    await page.getByText('over 4 others').waitFor();
    await page.getByText('Finished at step 60').waitFor(WAIT);
  },
};

describe.skipIf(skipped).each(Object.entries(ROOMS))(
  `%s in Chromium${skipped}`,
  { timeout: 120_000 },
  (hash, use) => {
    let site: Site;
    let open: OpenPage;
    beforeAll(async () => {
      site = await Site.open();
      open = await site.page(hash);
    });
    afterAll(() => site[Symbol.asyncDispose]());

    test('does what it is for, without an error or a request to another origin', async () => {
      await use(open.page);
      expect(await open.page.getByRole('alert').count()).toBe(0);
      expect(open.faults).toStrictEqual([]);
    });

    test.each([
      ['light', 1280],
      ['dark', 1280],
      ['light', 360],
    ] as const)(
      'axe finds nothing in %s at %i pixels, and nothing is wider than the page',
      async (colorScheme, width) => {
        const { page } = open;
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        expect(await axeViolations(page)).toStrictEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      },
    );
  },
);

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenPage, Site, skipped } from './site.fixture.ts';

const WAIT = { timeout: 20_000 };
const MOST_STOPS = 120;

/** What has the focus: its label as somebody hears it. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    const label = (element as HTMLInputElement).labels?.[0];
    return (element.ariaLabel ?? label?.firstChild?.textContent ?? element.textContent ?? '').trim();
  });

/** Goes on with Tab until something has the focus. */
async function tabTo(page: Page, name: string | RegExp, key = 'Tab'): Promise<void> {
  const passed: string[] = [];
  while (passed.length < MOST_STOPS) {
    await page.keyboard.press(key);
    const label = await focused(page);
    if (typeof name === 'string' ? label === name : name.test(label)) return;
    passed.push(label.slice(0, 30));
  }
  throw new Error(`Tab does not reach ${name}, but ${passed.join(' | ')}`);
}

const nowFocused = (page: Page, name: string | RegExp) =>
  expect.poll(() => focused(page), WAIT).toMatch(typeof name === 'string' ? new RegExp(`^${name}$`) : name);
const param = (page: Page, name: string) =>
  page.evaluate((name) => new URLSearchParams(location.hash.split('?')[1]).get(name), name);
const textOf = (page: Page) => page.evaluate(() => document.body.innerText);

/** What keys alone do in three rooms; those of Unroll and Write are in the tests of these rooms. */
const ROOMS: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  '#/classify?steps=3000&hidden=4&threads=1': async (page) => {
    await page.getByRole('button', { name: 'Delete slow' }).waitFor(WAIT);
    await tabTo(page, 'Delete terribly');
    expect(await textOf(page)).toContain('Without “terribly” its probability');
    await page.keyboard.press('Space');
    await tabTo(page, 'Restore all words');
    await page.keyboard.press('Enter');
    await nowFocused(page, 'Restore all words');
    await tabTo(page, 'Show and change the examples');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Sentence 1');
    await page.keyboard.type('not lost ');
    const step = () => page.evaluate(() => /Step (\d+)/.exec(document.body.innerText)?.[1]);
    const before = await step();
    await expect.poll(step, WAIT).not.toBe(before); // the room is drawn again
    await page.keyboard.press('Enter');
    await page.getByText('The network has not seen your last changes').waitFor(WAIT);
    expect(await page.getByLabel('Sentence 1', { exact: true }).inputValue()).toContain('not lost');
    await page.getByRole('button', { name: 'Remove 56' }).focus();
    await page.keyboard.press('Enter');
    await nowFocused(page, 'Remove 55');
  },
  '#/translate?text=a+happy+dog+sees+the+house.&beam=2&threads=1': async (page) => {
    await page.getByText('un chien content voit la maison.').waitFor(WAIT);
    await tabTo(page, /^le/);
    const token = await focused(page);
    await page.keyboard.press('Enter');
    await expect.poll(() => param(page, 'prefix'), WAIT).not.toBeNull();
    await page
      .getByText(/^le chien/)
      .first()
      .waitFor(WAIT);
    expect((await focused(page)).replace(/\d.*/, '')).toBe(token.replace(/\d.*/, ''));
    await tabTo(page, 'Let it begin freely', 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByText('un chien content voit la maison.').waitFor(WAIT);
    await nowFocused(page, 'Let it begin freely');
  },
  '#/microscope?delay=3&steps=5000&hidden=4&threads=1': async (page) => {
    await tabTo(page, 'Train');
    await page.keyboard.press('Enter');
    await nowFocused(page, 'Pause');
    await tabTo(page, 'Steps', 'Shift+Tab');
    await page.keyboard.type('4321');
    await page.waitForTimeout(600); // in which the room is drawn again
    await page.keyboard.press('Enter');
    await expect.poll(() => param(page, 'steps'), WAIT).toBe('4321');
    await page.getByText(/^At step [1-9]/).waitFor(WAIT);
    await tabTo(page, 'Pause');
    await page.keyboard.press('Space');
    await nowFocused(page, 'Resume');
    await page.keyboard.press('Space');
    await nowFocused(page, 'Pause');
    await page.keyboard.press('Space');
    await nowFocused(page, 'Resume');
    await tabTo(page, 'Train anew');
    await page.keyboard.press('Enter');
    await nowFocused(page, 'Pause');
    await tabTo(page, 'LSTM'); // in the chart
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.ariaPressed)).toBe('false');
    await page.getByText(/^At step [1-9]/).waitFor(WAIT);
    await page.reload();
    await page.getByText('A run is saved in this browser.').waitFor(WAIT);
    await tabTo(page, 'Discard');
    await page.keyboard.press('Enter');
    await nowFocused(page, 'Microscope');
    await tabTo(page, 'Train');
    await page.evaluate(() => {
      location.hash = '#/write';
    });
    await page.getByRole('heading', { name: 'Write', level: 1 }).waitFor(WAIT);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('room');
  },
};

describe.skipIf(skipped)(`with keys alone, in Chromium${skipped}`, { timeout: 120_000 }, () => {
  let site: Site;
  let open: OpenPage;
  beforeAll(async () => {
    site = await Site.open();
    open = await site.page('#/microscope');
  });
  afterAll(() => site[Symbol.asyncDispose]());

  test.each(Object.entries(ROOMS))('%s', async (hash, use) => {
    await open.page.evaluate((hash) => location.assign(hash), hash);
    await use(open.page);
    expect(open.faults).toStrictEqual([]);
  });
});

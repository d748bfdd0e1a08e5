import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dropped, pressed, Site, skipped } from './site.fixture.ts';

const WAIT = { timeout: 60_000 };
const LONG = '#/microscope?steps=5000&threads=1';
const RUN_SAVED = 'A run is saved in this browser.';

const alertOf = async (page: Page): Promise<string> => {
  const alert = page.getByRole('alert');
  await alert.first().waitFor(WAIT);
  return alert.first().innerText();
};
const stepOf = (page: Page): Promise<number> =>
  page.evaluate(() => Number(/At step ([\d,]+)/.exec(document.body.innerText)?.[1]?.replace(',', '')));
const pausedAt = async (page: Page): Promise<number> => {
  await pressed(page, 'Pause');
  await page.getByRole('button', { name: 'Resume', exact: true }).waitFor(WAIT);
  return stepOf(page);
};
/** Puts code before that of a worker. */
const before = (name: string, code: () => void) => (page: Page) =>
  page.route(`**/${name}.js`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `(${code.toString()})();${await response.text()}` });
  });

describe.skipIf(skipped)(`what fails or comes late, in Chromium${skipped}`, { timeout: 120_000 }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open();
  });
  afterAll(() => site[Symbol.asyncDispose]());

  test('a browser that may keep nothing trains, and says that it does not save', async () => {
    const { page } = await site.page('#/unroll?steps=60', {
      serviceWorkers: 'block', // as that browser does
      prepare: async (page) => {
        await page.addInitScript(forgetful);
        await before('unroll', forgetful)(page);
      },
    });
    await page.getByText('Step 60 of 60').waitFor(WAIT);
    expect(await alertOf(page)).toContain('This browser does not save the run');
    await page.getByRole('button', { name: 'Dark' }).click();
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await page.context().close();
  });

  test('a worker that cannot be loaded, or crashes, is reported', async () => {
    for (const prepare of [
      (page: Page) => page.route('**/classify.js', (route) => route.fulfill({ status: 404 })),
      before('classify', () => {
        setTimeout(() => {
          throw new Error('out of luck');
        }, 0);
      }),
    ]) {
      const { page } = await site.page('#/classify', { serviceWorkers: 'block', prepare });
      expect(await alertOf(page)).toMatch(/^What computes in this room could not be loaded or has crashed\./);
      await page.getByRole('button', { name: 'Train', exact: true, disabled: false }).waitFor(WAIT);
      await page.context().close();
    }
  });

  test('a room whose code is gone, as after an update of the site, offers to load the page again', async () => {
    const { page, faults } = await site.page('#/write', { serviceWorkers: 'block' });
    await page.locator('.passage span').first().waitFor(WAIT);
    await page.route('**/chunks/room-*.js', (route) => route.fulfill({ status: 404 }));
    await page.getByRole('link', { name: 'Classify' }).click();
    expect(await alertOf(page)).toContain('This room could not be loaded');
    expect(faults.filter((fault) => !/service-worker|404/.test(fault))).toStrictEqual([]);
    await page.unroute('**/chunks/room-*.js');
    await pressed(page, 'Load again');
    await page.getByRole('heading', { name: 'Classify', level: 1 }).waitFor(WAIT);
    await page.context().close();
  });

  test('a damaged zip is refused; what a room finds out after it was left does not change the next address', async () => {
    const { page } = await site.page('#/write');
    await page.locator('.passage span').first().waitFor(WAIT);
    await dropped(page, { 'model.zip': new Uint8Array(100) });
    expect(await alertOf(page)).toMatch(/^model\.zip: must be a zip file/);

    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['So it was. '.repeat(2e5)], 'long.txt'));
      document.querySelector('.room')?.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }));
      location.hash = '#/microscope';
    });
    await page.getByRole('heading', { name: 'Microscope', level: 1 }).waitFor(WAIT);
    await page.waitForTimeout(1000); // for the text to be read and compressed
    expect(new URL(page.url()).hash).toBe('#/microscope');
    await page.context().close();
  });

  test('a room that is left while it trains, and opened again at once, offers that run', async () => {
    const { page } = await site.page('#/microscope?steps=5000&threads=1', {
      serviceWorkers: 'block',
      prepare: before('microscope', slowToPause),
    });
    await pressed(page, 'Train');
    await expect.poll(() => stepOf(page), WAIT).toBeGreaterThan(0);
    await page.getByRole('link', { name: 'Classify' }).click();
    await page.getByRole('heading', { name: 'Classify', level: 1 }).waitFor(WAIT);
    await page.goBack();
    await page.getByText(RUN_SAVED).waitFor(WAIT);
    await page.context().close();
  });

  test('each tab has its own run, which no other discards or replaces, and is offered it again', async () => {
    const first = await site.page(LONG);
    await pressed(first.page, 'Train');
    await expect.poll(() => stepOf(first.page), WAIT).toBeGreaterThan(0);
    await first.page.reload();
    await first.page.getByText(RUN_SAVED).waitFor(WAIT);
    const second = await site.page(LONG, { beside: first });
    await second.page.getByText(RUN_SAVED).waitFor(WAIT);
    await pressed(first.page, 'Resume');
    const step = await pausedAt(first.page);
    expect(step).toBeGreaterThan(0);
    await pressed(second.page, 'Discard'); // which the first tab has in hand by now
    await pressed(second.page, 'Train');
    await expect.poll(() => stepOf(second.page), WAIT).toBeGreaterThan(0);

    const third = await site.page(LONG, { beside: first });
    await third.page.getByRole('button', { name: 'Train', exact: true, disabled: false }).waitFor(WAIT);
    await second.page.close(); // too late for its run to be offered to the third
    await pressed(third.page, 'Train');
    await expect.poll(() => stepOf(third.page), WAIT).toBeGreaterThan(0);
    await third.page.close();
    await first.page.reload();
    await first.page.getByText(`It stopped at step ${step.toLocaleString('en')} of`).waitFor(WAIT);
    expect(await first.page.evaluate(discardedRuns)).toStrictEqual(['microscope 1', 'microscope 2', 'microscope 3']);
    await pressed(first.page, 'Resume');
    expect(await alertOf(first.page)).toMatch(/^This run is no longer saved/);
    await first.page.context().close();
  });
});

/** Runs in a page: discards all runs, as another tab may. @returns their places */
function discardedRuns(): Promise<unknown> {
  return new Promise((resolve) => {
    indexedDB.open('unroll-playground').onsuccess = ({ target }) => {
      const database = (target as IDBOpenDBRequest).result;
      const store = database.transaction('runs', 'readwrite').objectStore('runs');
      const keys = store.getAllKeys();
      store.clear().onsuccess = () => resolve(keys.result);
    };
  });
}

/** Runs before all other code of a page or a worker: a browser whose owner lets sites keep nothing. */
function forgetful(): void {
  const refuse = (): never => {
    throw new DOMException('The user denied permission to access the database.', 'UnknownError');
  };
  for (const name of ['localStorage', 'sessionStorage'])
    Object.defineProperty(globalThis, name, { get: refuse, configurable: true });
  IDBFactory.prototype.open = refuse;
  LockManager.prototype.request = () => Promise.reject(new DOMException('The request was denied.', 'SecurityError'));
}

/** Runs in a worker before its own code: the step in which it is asked to pause takes long. */
function slowToPause(): void {
  addEventListener('message', ({ data }: MessageEvent<{ path?: readonly string[] }>) => {
    const end = data.path?.[0] === 'pause' ? performance.now() + 2500 : 0;
    while (performance.now() < end);
  });
}

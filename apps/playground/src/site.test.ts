import { readdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOMS } from './shell/route.ts';
import { codeSize, DIST, distFile, pressed, ROOM_LIMIT, Site, skipped, typed } from './site.fixture.ts';

const WAIT = { timeout: 60_000 };
const MODEL_LIMIT = 150_000;

const memoryOf = (page: Page): Promise<string> => page.getByLabel('Memory limit, MiB').inputValue();

/** Uses each room until it has computed something. */
const SIGNS: Readonly<Record<(typeof ROOMS)[number], (page: Page) => Promise<void>>> = {
  unroll: (page) => page.getByText('Step 50 of 50').waitFor(WAIT),
  write: (page) => page.locator('.passage span[style*="--mix"]').first().waitFor(WAIT),
  classify: (page) => page.getByRole('button', { name: 'Delete slow' }).waitFor(WAIT),
  translate: (page) => page.getByText('le petit chat noir').first().waitFor(WAIT),
  microscope: async (page) => {
    await pressed(page, 'Train');
    await page.getByText(/^At step [1-9]/).waitFor(WAIT);
  },
};

describe.skipIf(skipped)(`the site in Chromium${skipped}`, { timeout: 120_000 }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open();
  });
  afterAll(() => site[Symbol.asyncDispose]());

  test('the first room is small, and so is each model', async () => {
    const first = await site.page('');
    await SIGNS.unroll(first.page);
    expect(await memoryOf(first.page)).toBe('2048');
    const size = codeSize(first);
    process.stdout.write(`the first room: ${(size / 1000).toFixed(0)} kB gzipped with WebAssembly\n`);
    expect([...first.loaded.keys()]).toContain('unroll.js');
    expect(size).toBeLessThan(ROOM_LIMIT);
    const models = readdirSync(`${DIST}models`);
    expect(models).toHaveLength(2);
    for (const name of models) expect(distFile(`models/${name}/model.safetensors`).length).toBeLessThan(MODEL_LIMIT);
    await first.page.context().close();
  });

  test('a room whose code arrives after a garbage collection still reaches its worker', async () => {
    const { page, faults } = await site.page('#/classify', {
      serviceWorkers: 'block', // which would answer before the route does
      prepare: async (page) => {
        const devtools = await page.context().newCDPSession(page);
        await page.route('**/chunks/room-*.js', async (route) => {
          for (let k = 0; k < 2; k++) {
            await devtools.send('HeapProfiler.collectGarbage');
            await page.waitForTimeout(100); // for what is called when an object is collected
          }
          await route.continue();
        });
      },
    });
    await SIGNS.classify(page);
    expect(faults.filter((fault) => !fault.includes('service-worker'))).toStrictEqual([]);
    await page.context().close();
  });

  test('on a phone the heap may grow to 512 MiB; where the host refuses that it takes less and says so', async () => {
    const { page, faults } = await site.page('#/write', {
      isMobile: true,
      hasTouch: true,
      serviceWorkers: 'block', // which would answer before the route does
      prepare: (page) =>
        page.route('**/write.js', async (route) => {
          const response = await route.fetch();
          await route.fulfill({ response, body: `(${stingy.toString()})();${await response.text()}` });
        }),
    });
    await page.getByText('64 MiB of memory, since the host refuses 512 MiB.').waitFor(WAIT);
    await SIGNS.write(page);
    expect(await memoryOf(page)).toBe('512');
    expect(faults.filter((fault) => !fault.includes('service-worker'))).toStrictEqual([]);
    await page.context().close();
  });

  test('a browser without SIMD in WebAssembly is told so', async () => {
    const { page } = await site.page('#/write', {
      serviceWorkers: 'block',
      prepare: (page) =>
        page.route('**/write.js', async (route) => {
          const response = await route.fetch();
          await route.fulfill({ response, body: `(${old.toString()})();${await response.text()}` });
        }),
    });
    const alert = page.getByRole('alert');
    await alert.waitFor(WAIT);
    expect(await alert.innerText()).toContain('This browser cannot run WebAssembly with SIMD');
    await page.context().close();
  });

  test('without memory enough the page says so, and trains what fits', async () => {
    const { page } = await site.page('#/write?memory=12&hidden=256&steps=40');
    await SIGNS.write(page);
    expect(await memoryOf(page)).toBe('12');
    await pressed(page, 'Train');
    await page
      .getByRole('alert')
      .filter({ hasText: /^Heap: \d+ MiB are needed/ })
      .waitFor(WAIT);
    await typed(page, 'Hidden size', 8);
    await typed(page, 'Steps', 10);
    await pressed(page, 'Train');
    await page.getByText('10 / 10').waitFor(WAIT);
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.context().close();
  });

  test('a run that cannot begin says so in sight of its button, and the model of before is still there', async () => {
    const { page } = await site.page('#/write?text=own');
    await SIGNS.write(page);
    await page.getByLabel('Paste or drop a text').fill('too short');
    await page.getByLabel('Paste or drop a text').blur();
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    const alert = page.getByRole('alert').filter({ hasText: 'The text must have at least 570 characters' });
    await alert.waitFor(WAIT);
    await page.getByRole('button', { name: 'Train', exact: true }).click({ trial: true });
    const { y = -1 } = (await alert.boundingBox()) ?? {};
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y).toBeLessThan(900);
    await page.getByText('Read by GRU trained on Moby-Dick.').waitFor(WAIT);
    await pressed(page, 'Write');
    await page.locator('.written').waitFor(WAIT);
    await page.context().close();
  });

  test('a full disk: the run goes on unsaved, says so, and is saved once there is room', async () => {
    const { origin } = new URL(site.address);
    const quota = async (page: Page, limit?: { quotaSize: number }): Promise<void> => {
      const cdp = await page.context().newCDPSession(page);
      await cdp.send('Storage.overrideQuotaForOrigin', { origin, ...limit });
    };
    const { page, faults } = await site.page('#/unroll?steps=5000&hidden=10&length=12&threads=1', {
      serviceWorkers: 'block', // which has no room for its files, either
      prepare: (page) => quota(page, { quotaSize: 1 }),
    });
    const stepOf = (): Promise<number> =>
      page.evaluate(() => Number(/Step ([\d,]+)/.exec(document.body.innerText)?.[1]?.replace(',', '')));
    const notice = page.getByText('This browser does not save the run');
    await notice.waitFor(WAIT);
    await expect.poll(stepOf, WAIT).toBeGreaterThan(0);
    await pressed(page, 'Pause');
    await page.getByRole('button', { name: 'Train anew' }).waitFor(WAIT);
    const paused = await stepOf();
    await pressed(page, 'Resume');
    await expect.poll(stepOf, WAIT).toBeGreaterThan(paused);
    await quota(page);
    await pressed(page, 'Pause');
    await notice.waitFor({ state: 'detached', ...WAIT });
    await page.getByRole('button', { name: 'Train anew' }).waitFor(WAIT);
    const saved = await stepOf();
    await page.reload();
    await page.getByText(`It stopped at step ${saved.toLocaleString('en')} of 5,000`).waitFor(WAIT);
    expect(faults.filter((fault) => !fault.includes('service-worker'))).toStrictEqual([]);
    await page.context().close();
  });
});

test.skipIf(skipped)(
  `a plain static host: the service worker isolates the page and serves every room offline after one visit${skipped}`,
  { timeout: 120_000 },
  async () => {
    await using site = await Site.open({ isolated: false });
    const { page, faults } = await site.page('#/unroll');
    await page.waitForFunction(() => crossOriginIsolated, undefined, WAIT);
    await SIGNS.unroll(page);
    await expect.poll(() => page.evaluate(areFilesKept), WAIT).toBe(true);
    site.stopServing();
    await page.context().setOffline(true);
    for (const room of ROOMS) {
      await page.goto(`${site.address}#/${room}`);
      await page.reload();
      await SIGNS[room](page);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    }
    expect(faults).toStrictEqual([]);
  },
);

/** Runs in a page: whether the service worker has kept the site's files, which come all at once. */
async function areFilesKept(): Promise<boolean> {
  const [version = ''] = await caches.keys();
  return (await (await caches.open(version)).keys()).length > 0;
}

/** Runs in a worker before its own code: a host that reserves no more than 64 MiB. */
function stingy(): void {
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      if ((descriptor.maximum ?? 0) > 1024) throw new RangeError('could not allocate memory');
      super(descriptor);
    }
  };
}

/** Runs in a worker before its own code: a browser that knows no SIMD. */
function old(): void {
  WebAssembly.compile = async () => {
    throw new WebAssembly.CompileError('invalid value type');
  };
}

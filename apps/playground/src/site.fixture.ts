import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type Axe from 'axe-core';
import { unzipSync } from 'fflate';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { type ServedSite, serve } from '../serve.mjs';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const ARGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
export const DIST = fileURLToPath(new URL('../dist/', import.meta.url));

/** Why the tests in a browser do not run here; empty where they do. */
export const skipped = CHROMIUM ? '' : ' (skipped: no Chromium on this machine)';

/** A page of the built site, and what it must not do. */
export interface OpenPage {
  readonly page: Page;
  /** Errors of the page and of its console, and requests to other origins. */
  readonly faults: string[];
  /** Bytes of each file that the page has loaded, by path. */
  readonly loaded: Map<string, number>;
}

interface PageOptions extends BrowserContextOptions {
  readonly beside?: OpenPage;
  readonly prepare?: (page: Page) => Promise<void>;
}

/** The built site, served, and a browser to look at it. */
export class Site implements AsyncDisposable {
  readonly address: string;
  readonly #served: ServedSite;
  readonly #browser: Browser;

  static async open(options: { readonly isolated?: boolean } = {}): Promise<Site> {
    if (!existsSync(`${DIST}index.html`))
      throw new Error('dist: must be built; run `npm run build -w apps/playground`');
    const browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ARGS.split(' ') });
    return new Site(await serve(options), browser);
  }

  private constructor(served: ServedSite, browser: Browser) {
    this.#served = served;
    this.#browser = browser;
    this.address = served.address;
  }

  /**
   * @param hash `#/write?seed=3`
   * @param options `beside`: a page in whose browser window it is another tab, by default it is the first visit; `prepare`
   *   is called before the visit; the others are of a new window
   */
  async page(hash: string, options: PageOptions = {}): Promise<OpenPage> {
    const { beside, prepare, ...window } = options;
    const context =
      beside?.page.context() ??
      (await this.#browser.newContext({ viewport: { width: 1280, height: 900 }, ...window }));
    const page = await context.newPage();
    await prepare?.(page);
    await page.addInitScript(measure);
    const faults: string[] = [];
    const loaded = new Map<string, number>();
    page.on('pageerror', ({ message }) => faults.push(message));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    context.on('request', (request) => {
      if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(this.address)) faults.push(request.url());
    });
    context.on('response', async (response) => {
      const path = response.url().slice(this.address.length) || 'index.html';
      if (response.url().startsWith(this.address) && response.ok() && existsSync(DIST + path))
        loaded.set(path, readFileSync(DIST + path).length);
    });
    await page.goto(this.address + hash);
    return { page, faults, loaded };
  }

  /** Takes the site from the network; what is open must go on without it. */
  stopServing(): void {
    this.#served.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    this.#served.close();
  }
}

/** A click that does not wait until nothing moves. */
export const pressed = (page: Page, name: string): Promise<void> =>
  page
    .getByRole('button', { name, exact: true, disabled: false })
    .first()
    .evaluate((button) => (button as HTMLButtonElement).click());

/** Gives a field a number, as somebody who types it and leaves the field. */
export async function typed(page: Page, name: string, value: number): Promise<void> {
  const field = page.getByRole('spinbutton', { name, exact: true });
  await field.fill(String(value));
  await field.blur();
}

/** The zip file that the page gives to keep, its folder left out. */
export async function downloaded(page: Page): Promise<Record<string, Uint8Array>> {
  const [download] = await Promise.all([page.waitForEvent('download'), pressed(page, 'Download as zip')]);
  return unzipped(readFileSync(await download.path()));
}

export const unzipped = (zip: Uint8Array): Record<string, Uint8Array> =>
  Object.fromEntries(Object.entries(unzipSync(zip)).map(([path, bytes]) => [path.split('/')[1] as string, bytes]));

/** Drops files on the room. */
export async function dropped(page: Page, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const contents = Object.entries(files).map(
    ([name, bytes]) => [name, Buffer.from(bytes).toString('base64')] as const,
  );
  const dataTransfer = await page.evaluateHandle((contents) => {
    const transfer = new DataTransfer();
    for (const [name, content] of contents)
      transfer.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));
    return transfer;
  }, contents);
  await page.dispatchEvent('.room', 'drop', { dataTransfer });
}

/** Gzipped bytes that a room may have with WebAssembly, without text and model. */
export const ROOM_LIMIT = 180_000;

/** Gzipped bytes of the code that a page has loaded, with WebAssembly, without texts and models. */
export const codeSize = ({ loaded }: OpenPage): number =>
  [...loaded.keys()]
    .filter((path) => !/^(texts|models)\/|service-worker/.test(path))
    .reduce((sum, path) => sum + gzipSync(distFile(path), { level: 9 }).length, 0);

export const distFile = (path: string): Buffer => readFileSync(DIST + path);

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong with a page, a line each. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof Axe };
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, any }) => `${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`),
    );
  });
}

/** The width that a page takes, at least; also where its reader has asked for text twice as large. */
export const widthOf = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const { documentElement: root } = document;
    const normal = root.scrollWidth;
    root.style.fontSize = '200%';
    for (let k = 0; k < 2; k++) await new Promise(requestAnimationFrame); // for charts, which are drawn again
    const doubled = root.scrollWidth;
    root.style.fontSize = '';
    return Math.max(normal, doubled);
  });

/** What {@link measure} finds out. */
interface Measured {
  /** Milliseconds from the beginning of the visit to the first coloured letter. */
  firstLetter?: number;
  /** Milliseconds of each task that kept the page from drawing for more than 50. */
  readonly longTasks: number[];
}

/** Runs in a page before its own code. */
function measure(): void {
  const measured: Measured = { longTasks: [] };
  Object.assign(globalThis, { measured });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) measured.longTasks.push(duration);
  }).observe({ type: 'longtask', buffered: true });
  new MutationObserver((_, observer) => {
    if (!document.querySelector('.passage span[style*="--mix"]')) return;
    measured.firstLetter = performance.now();
    observer.disconnect();
  }).observe(document, { childList: true, subtree: true, attributes: true });
}

/** What a limit of time is multiplied by where other programs take the processors. */
export const patience = (): number => Math.max(1, (loadavg()[0] as number) / availableParallelism());

/** What a page has measured of itself. */
export const measured = (page: Page): Promise<Measured> =>
  page.evaluate(() => (globalThis as unknown as { measured: Measured }).measured);

/** While a room trains the page must stay quick; other programs take frames, too. @throws Error where it does not */
export async function expectQuick(page: Page): Promise<void> {
  const rate = await frameRate(page);
  process.stdout.write(
    `${new URL(page.url()).hash.split('?')[0]}: ${rate.toFixed(0)} frames a second while training\n`,
  );
  if (rate < 50 / patience()) throw new Error(`the page draws ${rate.toFixed(0)} frames a second`);
}

/** Frames a second, over a second. */
export const frameRate = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const start = performance.now();
        let frames = 0;
        const next = () => {
          frames++;
          const seconds = (performance.now() - start) / 1000;
          if (seconds >= 1) resolve(frames / seconds);
          else requestAnimationFrame(next);
        };
        requestAnimationFrame(next);
      }),
  );

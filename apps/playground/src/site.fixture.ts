import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type Axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { type ServedSite, serve } from '../serve.mjs';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const ARGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const DIST = fileURLToPath(new URL('../dist/', import.meta.url));

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

  /** @param hash `#/write?seed=3` */
  async page(hash: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
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

import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import type { Page } from 'playwright-core';

/** Headless Chromium on this machine; undefined where there is none, and tests that need it are skipped. */
export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));

/** Of {@link BrowserPage.open}. */
export interface PageOptions {
  /** Its script, from source: it is bundled for a browser, and runs as `page.js`. */
  readonly script: string;
  /** The content of its body. */
  readonly body?: string;
  /** More files that the page can fetch, by path: `model/config.json`. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

const ORIGIN = 'http://localhost:1/';
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const TYPES: Readonly<Record<string, string>> = {
  '': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
};

// Nothing of a browser's own traffic, and no sandbox, which containers mostly do not allow.
const ARGUMENTS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

/** A page in headless Chromium; its files come from memory. */
export class BrowserPage implements AsyncDisposable {
  readonly page: Page;

  /** Bundles the script and opens a page of headless Chromium that runs it. */
  static async open({ script, body = '', files = {} }: PageOptions): Promise<BrowserPage> {
    const { build } = await import('esbuild');
    const { chromium } = await import('playwright-core');
    const bundle = await build({
      entryPoints: [script],
      bundle: true,
      write: false,
      format: 'esm',
      target: 'es2022',
      conditions: ['unroll-source', 'browser'],
      logLevel: 'silent',
    });
    const served = new Map<string, Uint8Array | string>([
      ...Object.entries(files),
      ['', `<!doctype html><meta charset="utf-8">${body}<script type="module" src="/page.js"></script>`],
      ['page.js', bundle.outputFiles[0]?.text ?? ''],
    ]);
    const browser = await chromium.launch({ executablePath: CHROMIUM ?? 'chromium', args: ARGUMENTS.split(' ') });
    const page = await browser.newPage();
    await page.route(`${ORIGIN}**`, (route) => {
      const name = route.request().url().slice(ORIGIN.length);
      const content = served.get(name);
      if (content === undefined) return route.fulfill({ status: 404 });
      const contentType = TYPES[extname(name)] ?? 'application/octet-stream';
      return route.fulfill({ body: Buffer.from(content), contentType, headers: ISOLATED });
    });
    await page.goto(ORIGIN);
    return new BrowserPage(page);
  }

  private constructor(page: Page) {
    this.page = page;
  }

  /** Closes the browser. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().browser()?.close();
  }
}

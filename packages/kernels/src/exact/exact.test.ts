import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createNativeBackend } from '../native.ts';
import { createWasmBackend } from '../wasm/node.ts';
import type { DigestInPage } from './browser-page.ts';
import { trainingDigest } from './training-digest.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 }); // where other programs take the processors

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const ORIGIN = 'http://localhost:1/';
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

async function digestInNode(threads: number) {
  const backend = await createWasmBackend({ exact: true, threads });
  try {
    return await trainingDigest(backend);
  } finally {
    backend.close();
  }
}

describe('the exact WebAssembly backend', () => {
  let exact: Awaited<ReturnType<typeof digestInNode>>;
  beforeAll(async () => {
    exact = await digestInNode(1);
  });

  it('learns, and gives the same weights on one thread and on three', async () => {
    expect(exact.loss).toBeLessThan(2);
    expect(await digestInNode(3)).toEqual(exact);
  });

  it('is told apart from what only comes close: native training ends elsewhere', async () => {
    const native = createNativeBackend({ threads: 1 });
    const { sha256, loss } = await trainingDigest(native);
    native.close();
    expect(sha256).not.toBe(exact.sha256);
    expect(loss).toBeCloseTo(exact.loss, 0);
  });

  const why = CHROMIUM ? '' : ' (skipped: no Chromium on this machine)';
  it.skipIf(!CHROMIUM)(
    `gives the same weights in headless Chromium${why}`,
    async () => {
      const page = await openPage();
      for (const threads of [1, 2]) {
        const found = await page.evaluate(
          (threads) => (globalThis as unknown as DigestInPage).digestInPage(threads),
          threads,
        );
        expect(found).toEqual({
          ...exact,
          description: `wasm, SIMD, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
        });
      }
      await page.context().browser()?.close();
    },
    60_000,
  );
});

async function openPage() {
  const source = fileURLToPath(new URL('./browser-page.ts', import.meta.url));
  const bundle = await build({
    entryPoints: [source],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['unroll-source', 'browser'],
  });
  const files: Record<string, { body: string; contentType: string }> = {
    '': { body: '<script type="module" src="/page.js"></script>', contentType: 'text/html' },
    'page.js': { body: bundle.outputFiles[0]!.text, contentType: 'text/javascript' },
  };
  // Nothing of a browser's own traffic, and no sandbox, which containers mostly do not allow.
  const args =
    '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
  const browser = await chromium.launch({ executablePath: CHROMIUM!, args: args.split(' ') });
  const page = await browser.newPage();
  await page.route(`${ORIGIN}**`, (route) => {
    const file = files[route.request().url().slice(ORIGIN.length)];
    return file ? route.fulfill({ ...file, headers: ISOLATED }) : route.fulfill({ status: 404 });
  });
  await page.goto(ORIGIN);
  await page.waitForFunction(() => 'digestInPage' in globalThis);
  return page;
}

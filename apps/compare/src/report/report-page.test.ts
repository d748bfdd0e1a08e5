import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { GradientSnapshot } from '@unroll/rnn-core';
import { diagnose } from '@unroll/rnn-core';
import { fuzzRuns, SEED } from '@unroll/run/testing';
import * as fc from 'fast-check';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groupRuns } from './group.ts';
import { reportPage } from './report-page.ts';
import type { RunSummary } from './run-summary.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const TIMES = fuzzRuns(12);
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

const snapshotAt = (step: number, factor: number): GradientSnapshot => ({
  step,
  layers: [
    {
      name: 'rnn.l0',
      cell: 'tanh',
      hidden: Array.from({ length: 13 }, (_, t) => 0.1 * factor ** (12 - t)),
      reach: Array.from({ length: 13 }, (_, k) => factor ** k),
      gates: {},
      units: { dead: 0, saturated: 0 },
      spectrum: { h: { radius: factor, norm: factor } },
    },
  ],
  updates: {},
  clippedFraction: 0.1,
});

function runOf(task: string, cell: string, seed: number, more: Partial<RunSummary> = {}): RunSummary {
  const factor = { rnn: 0.6, gru: 0.95, lstm: 1 }[cell] ?? 1;
  const snapshots = [snapshotAt(10, factor), snapshotAt(20, factor)];
  return {
    name: `${task}-${cell}-s${seed}`,
    folder: `runs/${task}-${cell}-s${seed}`,
    task,
    cell,
    hiddenSize: 32,
    seed,
    status: 'finished',
    metric: { name: 'accuracy', split: 'test', isHigherBetter: true, unit: '%', digits: 1 },
    curveOf: { name: 'validation accuracy', unit: '%', digits: 1 },
    score: 0.5 + 0.1 * seed,
    settings: { task, cell },
    parameters: 1000,
    steps: 20,
    seconds: 3,
    tokensPerSecond: 12_345,
    peakMemoryBytes: 1e8,
    curve: [1, 10, 20].map((step) => ({ step, seconds: step / 10, loss: 2 / step, valid: 3 / step })),
    snapshots,
    diagnosis: diagnose(snapshots),
    samples: [{ title: 'A title', text: '</script><script>document.title = "broken"</script>' }],
    command: 'npm run -s char-lm -- train',
    backend: 'reference',
    started: '2024-05-06T07:08:09.000Z',
    machine: 'a processor, 2 cores',
    ...more,
  };
}

const cells = ['rnn', 'gru', 'lstm'];
const runs: RunSummary[] = [
  ...['char-lm', 'sentiment'].flatMap((task) =>
    cells.flatMap((cell) => [1, 2].map((seed) => runOf(task, cell, seed))),
  ),
  ...cells.map((cell) => runOf('copy', cell, 1, { delay: 12, score: cell === 'rnn' ? 0.4 : 1 })),
  runOf('translate', 'gru', 1, { status: 'failed', failure: 'the disk was full' }),
];

describe.skipIf(!CHROMIUM)(
  `the report in a browser${CHROMIUM ? '' : ' (skipped: no Chromium on this machine)'}`,
  { timeout: 120_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'unroll-report-'));
    const complaints: string[] = [];
    const requests: string[] = [];
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      const file = join(folder, 'report.html');
      writeFileSync(
        file,
        reportPage({ runs, groups: await groupRuns(runs), command: 'npm run -s compare', isLive: false }),
      );
      browser = await chromium.launch({ executablePath: CHROMIUM!, args: [...FLAGS, ...QUIET] });
      page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', ({ message }) => complaints.push(message));
      page.on('request', (request) => requests.push(request.url()));
      await page.goto(pathToFileURL(file).href);
    }, 120_000);

    afterAll(async () => {
      await browser?.close();
      rmSync(folder, { recursive: true });
    });

    const count = (selector: string): Promise<number> => page.locator(selector).count();

    it('opens without a word on the console and asks the network for nothing', () => {
      expect(complaints).toEqual([]);
      expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([]);
    });

    it('has every chart, each with a name and a text', async () => {
      const titles = await page.locator('section[data-task="char-lm"] figure h4').allTextContents();
      expect(titles).toEqual([
        'Learning against steps',
        'Learning against seconds',
        'Training loss',
        'What is left of a gradient, steps back',
        'Speed',
        'Memory',
        'Gradient norm through time',
      ]);
      const figures = await count('figure');
      expect(await count('figure svg[role="img"][aria-label]')).toBe(figures);
      for (const text of await page.locator('figcaption').allTextContents()) expect(text.length).toBeGreaterThan(20);
      expect(
        await count(
          'section[data-task="char-lm"] figure path[stroke="var(--rnn)"], section[data-task="char-lm"] figure g[stroke="var(--rnn)"]',
        ),
      ).toBeGreaterThan(0);
    });

    it('shows diagnoses, what failed, and samples as text alone', async () => {
      expect(await page.title()).toBe('Unroll: a comparison');
      expect(await page.locator('blockquote').first().textContent()).toContain('</script>');
      expect(await page.locator('.badge.vanishing').count()).toBeGreaterThan(0);
      expect(await page.locator('.card.failed').textContent()).toContain('the disk was full');
      const row = page.locator('table').first().locator('tr.failed');
      expect(await row.textContent()).toContain('translate');
      expect(
        await row
          .locator('td')
          .first()
          .evaluate((cell) => getComputedStyle(cell).color),
      ).toBe(await page.locator('.card.failed p').evaluate((text) => getComputedStyle(text).color));
      expect(await page.locator('td.solved').count()).toBe(2);
      expect(await page.locator('td.unsolved').textContent()).toBe('40 %');
    });

    it('filters by task, cell and seed', async () => {
      const rows = () => page.locator('table').first().locator('tbody tr').count();
      const all = await rows();
      await page.locator('input[name="cell"][value="rnn"]').uncheck();
      expect(await rows()).toBe(all - 3);
      expect(await count('section[data-task="char-lm"] [stroke="var(--rnn)"]')).toBe(0);
      await page.locator('input[name="task"][value="char-lm"]').uncheck();
      expect(await count('section[data-task="char-lm"]')).toBe(0);
      await page.locator('input[name="cell"][value="rnn"]').check();
      await page.locator('input[name="task"][value="char-lm"]').check();
      expect(await rows()).toBe(all);
      expect(complaints).toEqual([]);
    });

    it.each(['light', 'dark'] as const)(
      'is legible in %s mode: ink and paper differ by 7 to 1',
      async (colorScheme) => {
        await page.emulateMedia({ colorScheme });
        const [ink, paper] = await page.evaluate(() => {
          const style = getComputedStyle(document.body);
          return [style.color, style.backgroundColor];
        });
        const [a, b] = [luminance(ink), luminance(paper)].sort((x, y) => y - x) as [number, number];
        expect((a + 0.05) / (b + 0.05)).toBeGreaterThan(7);
      },
    );

    it('is printed without its filters, black on white', async () => {
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      expect(await page.locator('.filters').isVisible()).toBe(false);
      expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)');
      await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
    });

    it(`shows hostile names and samples as the text they are (seed ${SEED})`, {
      timeout: 120_000 + TIMES * 2000,
    }, async () => {
      const parts = fc.constantFrom(
        ...HOSTILE,
        'a name',
        '\u{1F40B}',
        '\u0000',
        '\uD800',
        '\u2028',
        '\\',
        '"',
        "'",
        '&lt;',
        '\n',
      );
      const text = fc.array(parts, { minLength: 1, maxLength: 4 }).map((list) => list.join(''));
      const strings = fc.array(text, { minLength: 8, maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(strings, async (list) => {
          const [a, b, c, d, e, f, g, h] = list as [string, string, string, string, string, string, string, string];
          const hostile = [
            runOf('char-lm', 'gru', 1, {
              name: a,
              folder: b,
              command: c,
              samples: [{ title: d, text: e }],
              variant: f,
            }),
            runOf('char-lm', g, 2, { status: 'failed', failure: h, machine: a }),
          ];
          const before = complaints.length;
          const file = join(folder, 'hostile.html');
          writeFileSync(
            file,
            reportPage({ runs: hostile, groups: await groupRuns(hostile), command: c, isLive: false }),
          );
          await page.goto(pathToFileURL(file).href);
          const seen = await page.evaluate(() => ({
            sample: document.querySelector('blockquote')?.textContent,
            title: document.querySelector('p.title')?.textContent,
            failure: document.querySelector('.card.failed p')?.textContent,
            command: document.querySelector('header code')?.textContent,
            name: [...document.querySelectorAll('table')].at(-1)?.querySelector('tbody td')?.textContent,
            intruders: document.querySelectorAll('img, iframe, #intruder, main script').length,
            document: document.title,
          }));
          expect(seen).toEqual({
            sample: e,
            title: d,
            failure: `Failed: ${h}`,
            command: c,
            name: a,
            intruders: 0,
            document: 'Unroll: a comparison',
          });
          expect(complaints.slice(before)).toEqual([]);
        }),
        {
          numRuns: TIMES,
          seed: SEED,
          examples: HOSTILE.map((text) => [Array<string>(8).fill(text)]),
        },
      );
    });
  },
);

/** What ends or comments out a script element, or makes markup of text. */
const HOSTILE = [
  '<!--',
  '<!--<script>',
  '</script><script>document.title = "broken"</script>',
  '-->',
  '<img src=x onerror="document.title = 1" id="intruder">',
  ']]>',
  '${document.title = 1}',
  'url(javascript:1)',
  '__proto__',
];

/** Relative luminance. Source: WCAG 2.1. */
function luminance(colour: string): number {
  const [r, g, b] = colour.match(/[\d.]+/g)!.map((part) => {
    const channel = Number(part) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DataError } from '@unroll/rnn-core';
import type { PageData } from './page/page-data.ts';

/** The report: one file of HTML that asks the network for nothing. */
export function reportPage(data: PageData): string {
  const [script, style] = [asset('main.js'), asset('style.css')];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Unroll: a comparison</title>
<link rel="icon" href="data:,">
<style>
${style}</style>
</head>
<body>
<main id="page"></main>
<noscript>The charts of this page are drawn by its own script, which this browser has switched off.</noscript>
<script type="application/json" id="data">${inertJson(data)}</script>
<script>${inert(script)}</script>
</body>
</html>
`;
}

/** @throws DataError when a part of the page has not been built */
export function checkPage(folder = BUILT): void {
  for (const name of ['main.js', 'style.css']) asset(name, folder);
}

const BUILT = new URL('../../dist/page/', import.meta.url);

/**
 * A part of the page, as `build:page` made it.
 *
 * @throws DataError when it has not been built
 */
function asset(name: string, folder = BUILT): string {
  const file = fileURLToPath(new URL(name, folder));
  if (!existsSync(file)) throw new DataError(`${file}: must have been built; run npm run build:page -w apps/compare`);
  return readFileSync(file, 'utf8');
}

/** JSON in which no text can end or comment out the script element it is in: there is no `<`. */
const inertJson = (data: PageData): string => JSON.stringify(data).replaceAll('<', String.raw`\u003c`);

/** A script of ours that cannot end the element it is in. */
const inert = (text: string): string => text.replaceAll('</', String.raw`<\/`).replaceAll('<!--', String.raw`<\!--`);

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { PageData } from './page/page-data.ts';

const pageFile = (name: string): string => fileURLToPath(new URL(`page/${name}`, import.meta.url));

/** The report: one file of HTML that asks the network for nothing. */
export async function reportPage(data: PageData): Promise<string> {
  const script = await pageScript();
  const style = readFileSync(pageFile('style.css'), 'utf8');
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
<script type="application/json" id="data">${inert(JSON.stringify(data))}</script>
<script>${inert(script)}</script>
</body>
</html>
`;
}

let bundled: Promise<string> | undefined;

/** The page's program and the charting library, in one script. */
const pageScript = (): Promise<string> => (bundled ??= bundle());

async function bundle(): Promise<string> {
  const entry = ['main.ts', 'main.js'].map(pageFile).find((file) => existsSync(file)) as string;
  const { outputFiles } = await build({
    entryPoints: [entry],
    conditions: entry.endsWith('.ts') ? ['unroll-source'] : [], // the page is made of what runs
    bundle: true,
    format: 'iife',
    minify: true,
    target: 'es2022',
    write: false,
    legalComments: 'inline',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

/** Text that cannot end the script element it stands in. */
const inert = (text: string): string => text.replaceAll('</', String.raw`<\/`).replaceAll('<!--', String.raw`<\!--`);

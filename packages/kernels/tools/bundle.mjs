/**
 * Bundles each entry point into one file, since Node takes one to two milliseconds per file. The WebAssembly, which they import
 * when they need it, stays in files of its own, in dist/wasm.
 */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

for (const name of ['kernels.js', 'kernels-relaxed.js']) {
  const built = join(ROOT, 'build', name);
  if (!existsSync(built)) continue; // there was no compiler; the reference backend works
  mkdirSync(join(ROOT, 'dist/wasm'), { recursive: true });
  copyFileSync(built, join(ROOT, 'dist/wasm', name));
}

/** Imports the WebAssembly from its place beside or below what is bundled. */
const webAssemblyIn = (folder) => ({
  name: 'web-assembly',
  setup({ onResolve }) {
    onResolve({ filter: /\/build\/kernels/ }, ({ path }) => ({
      path: `${folder}/${basename(path)}`,
      external: true,
    }));
  },
});

for (const [folder, ...entryPoints] of [
  ['./wasm', 'src/index.ts', 'src/browser.ts', 'src/native.ts'],
  ['.', 'src/wasm/node.ts', 'src/wasm/browser.ts'],
])
  await build({
    absWorkingDir: ROOT,
    entryPoints,
    outbase: 'src',
    outdir: 'dist',
    bundle: true,
    platform: 'node',
    packages: 'external',
    format: 'esm',
    target: 'es2022',
    sourcemap: true,
    plugins: [webAssemblyIn(folder)],
  });

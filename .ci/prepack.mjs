/**
 * What npm runs before it packs a package: builds it, through Nx's cache, so that an unbuilt clone never gives an empty
 * package, and puts the licence beside its package.json.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, readManifest } from '../.config/workspace.mjs';

const { name, nx: project } = readManifest(process.cwd().slice(ROOT.length));
if (project?.targets.build) {
  rmSync('dist', { recursive: true, force: true }); // what an earlier build left
  const nx = join(ROOT, 'node_modules/nx/dist/bin/nx.js');
  const { status } = spawnSync(process.execPath, [nx, 'run', `${name}:build`, '--output-style=static'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2], // npm's standard output is its own
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true' },
  });
  if (status !== 0) process.exit(status ?? 1);
}
copyFileSync(join(ROOT, 'LICENSE'), 'LICENSE');

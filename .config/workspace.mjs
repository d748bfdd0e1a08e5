import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

export const readManifest = (folder) => JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));

/** The folder of every workspace project, from the top: what `workspaces` in package.json stands for. */
export const projectFolders = () => expand(readManifest('.').workspaces);

/** The folder of every package that is published: the projects that are not private, and the addon of each platform. */
export const publishedFolders = () =>
  [...projectFolders(), ...expand(['packages/kernels/npm/*'])].filter((folder) => !readManifest(folder).private);

function expand(patterns) {
  return patterns
    .flatMap((pattern) => {
      if (!pattern.endsWith('/*')) return [pattern];
      const parent = pattern.slice(0, -2);
      return readdirSync(join(ROOT, parent)).map((folder) => `${parent}/${folder}`);
    })
    .filter((folder) => existsSync(join(ROOT, folder, 'package.json')));
}

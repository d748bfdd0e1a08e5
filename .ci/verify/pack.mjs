import { execFile } from 'node:child_process';
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publishedFolders, ROOT, readManifest } from '../../.config/workspace.mjs';

const isWindows = process.platform === 'win32';

/**
 * Packs every published package as npm does, from what is built. Addons of other platforms than this one are left out
 * where they have not been built.
 *
 * @returns of each the name, the folder, the tarball, and its sizes in bytes
 */
export async function packAll(destination) {
  const folders = publishedFolders().filter(
    (folder) => !folder.includes('/npm/') || existsSync(join(ROOT, folder, 'build/unroll.node')),
  );
  for (const folder of folders) copyFileSync(join(ROOT, 'LICENSE'), join(ROOT, folder, 'LICENSE')); // as prepack does
  const { stdout } = await promisify(execFile)(
    isWindows ? 'npm.cmd' : 'npm',
    [
      'pack',
      '--json',
      '--ignore-scripts',
      '--pack-destination',
      destination,
      ...folders.map((folder) => `./${folder}`),
    ],
    { cwd: ROOT, maxBuffer: 1 << 26, shell: isWindows },
  );
  const folderOf = new Map(folders.map((folder) => [readManifest(folder).name, folder]));
  return Object.values(JSON.parse(stdout)).map(({ name, filename, size, unpackedSize }) => ({
    name,
    folder: folderOf.get(name),
    file: join(destination, filename.replace('@', '').replaceAll('/', '-')),
    size,
    unpackedSize,
  }));
}

/**
 * What the package.json files of all published packages have in common. `npm run manifests` writes it into them;
 * `src/manifests.test.ts` compares.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedFolders, ROOT, readManifest } from '../.config/workspace.mjs';

/** The fields that do not depend on what is in the package. The address of the repository is in the root package.json alone. */
export function sharedFields(folder) {
  const { engines, license, repository } = readManifest('.');
  const web = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
  return {
    license,
    repository: { ...repository, directory: folder },
    homepage: `${web}/tree/main/${folder}#readme`,
    bugs: `${web}/issues`,
    engines,
    publishConfig: { access: 'public', provenance: true },
    type: existsSync(join(ROOT, folder, 'src')) ? 'module' : 'commonjs', // an addon is loaded by require
  };
}

/** The script that npm runs before it packs a package. */
export const prepackScript = (folder) => `node ${posix.relative(folder, '.ci')}/prepack.mjs`;

function write(folder) {
  const { name, version, description, keywords, scripts, ...others } = readManifest(folder);
  const shared = sharedFields(folder);
  const manifest = {
    name,
    version,
    description,
    keywords,
    ...shared,
    ...Object.fromEntries(Object.entries(others).filter(([key]) => !(key in shared))),
    scripts: { ...scripts, prepack: prepackScript(folder) },
  };
  writeFileSync(join(ROOT, folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) publishedFolders().forEach(write);

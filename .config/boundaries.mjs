/**
 * Who may import whom, over the Nx tag each project carries in its package.json. What a line does not name is
 * forbidden. `.config/oxlint.mjs` turns the table into lint rules; `.ci/src/boundaries.test.ts` proves they bite.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolders, ROOT } from './workspace.mjs';

/** tag → which tags it may import, and whether Node's built-in modules are open to it. */
const BOUNDARIES = {
  'scope:core': { mayImport: [], node: false },
  'scope:kernels': { mayImport: ['scope:core'], node: true },
  'scope:text': { mayImport: [], node: false },
  'scope:metrics': { mayImport: [], node: false },
  'scope:interop': { mayImport: ['scope:core', 'scope:text'], node: false },
  'scope:run': { mayImport: ['scope:core', 'scope:kernels', 'scope:interop'], node: true },
  'scope:datasets': { mayImport: ['scope:core', 'scope:run'], node: true },
  'scope:app': {
    mayImport: ['scope:core', 'scope:kernels', 'scope:text', 'scope:metrics', 'scope:interop', 'scope:run', 'scope:datasets'],
    node: true,
  },
  'scope:umbrella': { mayImport: ['scope:run', 'scope:app'], node: true },
  'scope:repository': { mayImport: [], node: true },
  'scope:page': {
    mayImport: ['scope:core', 'scope:kernels', 'scope:text', 'scope:metrics', 'scope:interop', 'scope:app'],
    node: false,
  },
};

/** Every workspace project: its folder, its package name and its one scope tag. */
function projects() {
  return projectFolders().map((folder) => {
    const manifest = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
    const tag = manifest.nx?.tags?.find((name) => name in BOUNDARIES);
    if (!tag) throw new Error(`${folder}/package.json: nx.tags must hold one of ${Object.keys(BOUNDARIES).join(', ')}`);
    return { folder, name: manifest.name, tag };
  });
}

/** One lint override a project: the packages its tag may not import, and Node's modules where they are closed. */
export function boundaryOverrides() {
  const all = projects();
  return all.map(({ folder, name, tag }) => {
    const { mayImport, node } = BOUNDARIES[tag];
    const forbidden = all.filter((other) => other.name !== name && !mayImport.includes(other.tag));
    const patterns = [
      { group: ['**/packages/**', '**/datasets/**', '**/apps/**', '../../**/src/**'], message: 'Import another project by its package name.' },
    ];
    if (forbidden.length > 0)
      patterns.push({
        group: forbidden.flatMap((other) => [other.name, `${other.name}/*`]),
        message: `${name} is ${tag}, which may import ${mayImport.join(', ') || 'nothing of ours'}.`,
      });
    if (!node)
      patterns.push({ group: ['node:*'], message: `${name} is ${tag}, which runs wherever JavaScript runs.` });
    return {
      files: [`**/${folder}/src/**`],
      excludeFiles: ['**/*.{test,fixture}.ts'],
      rules: { 'no-restricted-imports': ['error', { patterns }] },
    };
  });
}

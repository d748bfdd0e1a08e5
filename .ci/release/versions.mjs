/**
 * How `nx release` reads and writes versions. All packages have one version and depend on each other at exactly that
 * version, so a manifest gets it for itself and for every package of ours that it names.
 *
 * In place of @nx/js, which does the same for any repository with some hundred packages of its own.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VersionActions } from 'nx/release/index.js';
import { publishedFolders, readManifest } from '../../.config/workspace.mjs';

const DEPENDENCIES = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

/** The text of a package.json at another version, its layout as it was. */
export const atVersion = (manifest, version) =>
  manifest
    .replace(/^( *"version": )"[^"]*"/m, `$1"${version}"`)
    .replace(/("(?:unroll|@unroll\/[\w-]+)": )"\d[^"]*"/g, `$1"${version}"`);

export default class Versions extends VersionActions {
  validManifestFilenames = ['package.json'];

  async readCurrentVersionFromSourceManifest(tree) {
    const { manifestPath } = this.manifestsToUpdate[0];
    return { currentVersion: this.#read(tree).version, manifestPath };
  }

  async readCurrentVersionFromRegistry() {
    throw new Error('nx release: the current version must come from the git tag or the manifest');
  }

  async readCurrentVersionOfDependency(tree, _graph, dependency) {
    const manifest = this.#read(tree);
    const collection = DEPENDENCIES.find((name) => manifest[name]?.[dependency]);
    return {
      currentVersion: collection ? manifest[collection][dependency] : null,
      dependencyCollection: collection ?? null,
    };
  }

  async updateProjectVersion(tree, version) {
    return this.manifestsToUpdate.map(({ manifestPath }) => {
      tree.write(manifestPath, atVersion(tree.read(manifestPath, 'utf-8'), version));
      return `${manifestPath}: version ${version}`;
    });
  }

  async updateProjectDependencies() {
    return []; // done with the version
  }

  #read(tree) {
    return JSON.parse(tree.read(this.manifestsToUpdate[0].manifestPath, 'utf-8'));
  }
}

/** Called by Nx. Writes the versions it does not know of: the root, the private projects, the addon of each platform, and package-lock.json. */
export async function afterAllProjectsVersioned(root, { dryRun }) {
  const addons = publishedFolders().filter((folder) => folder.includes('/npm/'));
  const changedFiles = ['.', '.ci', ...addons].map((folder) => join(folder, 'package.json'));
  if (!dryRun) {
    const { version } = readManifest('packages/rnn-core');
    for (const file of changedFiles) {
      const path = join(root, file);
      writeFileSync(path, atVersion(readFileSync(path, 'utf8'), version));
    }
    const npm = ['install', '--package-lock-only', '--ignore-scripts', '--loglevel=error'];
    execFileSync('npm', npm, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  }
  return { changedFiles: [...changedFiles, 'package-lock.json'], deletedFiles: [] };
}

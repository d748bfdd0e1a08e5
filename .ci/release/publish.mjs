/**
 * Publishes every package whose version the registry does not have yet, the addons first. It may be run again after a failure.
 * Before it: `npm run build:all -w @unroll/kernels` for the addon of every platform, and `npx nx run-many -t build`.
 *
 *     node .ci/release/publish.mjs [--dry-run] [flags of npm publish]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedFolders, readManifest } from '../../.config/workspace.mjs';
import { packAll } from '../verify/pack.mjs';

/** What the registry has under a name: the repository it says it is from, and its versions. Nothing where it has none. */
function registered(name) {
  const { stdout, stderr } = spawnSync('npm', ['view', name, 'repository.url', 'versions', '--json'], {
    encoding: 'utf8',
  });
  if (/E404/.test(stderr)) return undefined;
  const { 'repository.url': repository, versions } = JSON.parse(stdout);
  return { repository, versions: [versions].flat() };
}

/** `github.com/unroll-js/unroll`, of an address in any of the forms that npm knows. */
const addressOf = (repository) => repository?.replace(/^(git\+)?\w+:\/\//, '').replace(/\.git$/, '');

const isAddon = ({ name }) => name.startsWith('@unroll/kernels-');

/**
 * What is to be published of some packages, the addons first.
 *
 * @param lookUp what a registry has under a name
 * @returns the packages to publish, and a line for each name that belongs to somebody else
 */
export function planOf(packages, lookUp) {
  const version = readManifest('.').version;
  const ours = addressOf(readManifest('.').repository.url);
  const found = packages.map((one) => ({ one, entry: lookUp(one.name) }));
  const isTaken = ({ entry }) => entry !== undefined && addressOf(entry.repository) !== ours;
  return {
    missing: found
      .filter((each) => !isTaken(each) && !each.entry?.versions.includes(version))
      .map(({ one }) => one)
      .toSorted((a, b) => Number(isAddon(b)) - Number(isAddon(a))),
    taken: found
      .filter(isTaken)
      .map(
        ({ one, entry }) =>
          `publish: ${one.name} must be a name of this repository, got ${addressOf(entry.repository)}; publish it under a scope, docs/decisions/releases.md`,
      ),
  };
}

async function publish(flags) {
  const isDryRun = flags.includes('--dry-run');
  const folder = mkdtempSync(join(tmpdir(), 'unroll-publish-'));
  try {
    const packed = await packAll(folder);
    const { missing, taken } = planOf(packed, registered);
    const problems = [...taken];
    const unbuilt = publishedFolders().length - packed.length;
    if (unbuilt > 0)
      problems.push(
        `publish: must have the addon of every platform, ${unbuilt} are not built; npm run build:all -w @unroll/kernels`,
      );
    for (const line of problems) console.error(line);
    if (problems.length > 0 && !isDryRun) return 1;
    for (const { name, file } of missing) {
      const { status } = spawnSync('npm', ['publish', file, ...flags], { stdio: 'inherit' });
      if (status === 0) continue;
      console.error(`publish: ${name} failed with exit code ${status}; run again to go on`);
      return 1;
    }
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await publish(process.argv.slice(2));

import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The commit that is checked out in the repository around a folder; undefined where there is none. Starts no process. */
export function gitCommit(folder: string): string | undefined {
  try {
    const git = gitFolder(resolve(folder));
    return git && commitOf(git);
  } catch {
    return undefined; // what cannot be read is not worth a run
  }
}

function gitFolder(folder: string): string | undefined {
  const git = join(folder, '.git');
  if (!existsSync(git)) return dirname(folder) === folder ? undefined : gitFolder(dirname(folder));
  if (statSync(git).isDirectory()) return git;
  const [, worktree = ''] = /^gitdir: (.*)$/m.exec(readFileSync(git, 'utf8')) ?? [];
  return resolve(folder, worktree);
}

/** `HEAD` is a commit, or names a branch, whose commit is a file of its own or a line of `packed-refs`. */
function commitOf(git: string): string | undefined {
  const head = readFileSync(join(git, 'HEAD'), 'utf8').trim();
  const [, branch] = /^ref: (.*)$/.exec(head) ?? [];
  if (!branch) return head;
  const common = join(git, 'commondir'); // of a worktree: where its branches are
  const refs = existsSync(common) ? resolve(git, readFileSync(common, 'utf8').trim()) : git;
  const file = join(refs, branch);
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const packed = readFileSync(join(refs, 'packed-refs'), 'utf8').split('\n');
  return packed.find((line) => line.endsWith(` ${branch}`))?.split(' ')[0];
}

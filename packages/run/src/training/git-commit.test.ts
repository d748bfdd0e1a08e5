import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TestFolder } from '../testing/test-folder.ts';
import { gitCommit } from './git-commit.ts';

const LOOSE = 'a'.repeat(40);
const PACKED = 'b'.repeat(40);

test('the commit of a branch, of a detached head, of a packed branch and of a worktree; none outside a repository', () => {
  using folder = new TestFolder();
  const write = (path: string, text: string) => {
    mkdirSync(join(folder.path, path, '..'), { recursive: true });
    writeFileSync(join(folder.path, path), text);
  };
  mkdirSync(join(folder.path, 'clone/deep'), { recursive: true });
  expect(gitCommit(join(folder.path, 'clone/deep'))).toBeUndefined();

  write('clone/.git/HEAD', 'ref: refs/heads/main\n');
  expect(gitCommit(join(folder.path, 'clone/deep'))).toBeUndefined(); // no commit yet
  write('clone/.git/packed-refs', `# pack-refs with: peeled\n${PACKED} refs/heads/main\n`);
  expect(gitCommit(join(folder.path, 'clone/deep'))).toBe(PACKED);
  write('clone/.git/refs/heads/main', `${LOOSE}\n`);
  expect(gitCommit(join(folder.path, 'clone/deep'))).toBe(LOOSE);

  write('worktree/.git', `gitdir: ${join(folder.path, 'clone/.git/worktrees/worktree')}\n`);
  write('clone/.git/worktrees/worktree/HEAD', 'ref: refs/heads/main\n');
  write('clone/.git/worktrees/worktree/commondir', '../..\n');
  expect(gitCommit(join(folder.path, 'worktree'))).toBe(LOOSE);
  write('clone/.git/worktrees/worktree/HEAD', `${PACKED}\n`);
  expect(gitCommit(join(folder.path, 'worktree'))).toBe(PACKED);
});

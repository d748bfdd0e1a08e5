import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OURS = '@unroll/';

type Imports = ReadonlyMap<string, readonly string[]>;

/** `from 'x'`, `import 'x'`, `import('x')`: every import and re-export as the formatter writes it. */
const SPECIFIER = /\b(?:from|import)\s*\(?\s*'([^'\n]+)'/g;

/** What every file imports of the others: types, re-exports and dynamic imports included. */
function importsOf(files: ReadonlyMap<string, string>, entryOf: (name: string) => string | undefined): Imports {
  return new Map(
    Array.from(files, ([file, source]) => {
      const specifiers = Array.from(source.matchAll(SPECIFIER), ([, name = '']) => name);
      const targets = specifiers.map((name) =>
        name.startsWith('.') ? join(dirname(file), name) : name.startsWith(OURS) ? entryOf(name) : undefined,
      );
      return [file, targets.filter((target) => target !== undefined && files.has(target)) as string[]];
    }),
  );
}

/** The first cycle that a depth-first search meets, its first file again at its end. */
function findCycle(imports: Imports): readonly string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): readonly string[] | undefined => {
    const at = path.indexOf(file);
    if (at >= 0) return [...path.slice(at), file];
    if (done.has(file)) return undefined;
    path.push(file);
    for (const target of imports.get(file) ?? []) {
      const cycle = visit(target);
      if (cycle) return cycle;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const cycle = visit(file);
    if (cycle) return cycle;
  }
  return undefined;
}

/** Every project's folder: `packages/text`, `apps/char-lm`, `datasets`. */
const projects = ['packages', 'apps']
  .flatMap((group) => readdirSync(join(ROOT, group)).map((name) => join(group, name)))
  .concat('datasets')
  .filter((project) => existsSync(join(ROOT, project, 'package.json')));

/** An entry of package.json's `exports`; its conditions may be nested. */
type Entry = string | { readonly 'unroll-source'?: Entry; readonly default?: Entry };

const entryFile = (entry: Entry): string =>
  typeof entry === 'string' ? entry : entryFile(entry['unroll-source'] ?? entry.default ?? '');

/** The TypeScript files of a project's source folders. */
const sourcesOf = (project: string) =>
  ['src', 'bench', 'examples']
    .map((folder) => join(project, folder))
    .filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
    )
    .filter((path) => /\.tsx?$/.test(path));

test('no file imports itself by way of others, types included', () => {
  const files = new Map(projects.flatMap(sourcesOf).map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));
  const entries = new Map(
    projects.flatMap((project) => {
      const { name, exports = {} } = JSON.parse(readFileSync(join(ROOT, project, 'package.json'), 'utf8')) as {
        name: string;
        exports?: Record<string, Entry>;
      };
      return Object.entries(exports).map(
        ([key, entry]) => [join(name, key), join(project, entryFile(entry))] as const,
      );
    }),
  );
  expect(files.size).toBeGreaterThan(300);
  expect(entries.get('@unroll/rnn-core')).toBe('packages/rnn-core/src/index.ts');
  expect(findCycle(importsOf(files, (name) => entries.get(name)))?.join(' → ')).toBeUndefined();
});

const cycleOf = (files: Record<string, string>) =>
  findCycle(importsOf(new Map(Object.entries(files)), (name) => `${name.slice(OURS.length)}.ts`));

test('a cycle of types, of re-exports and between packages is found, and its path named', () => {
  expect(
    cycleOf({
      'a/a.ts': "import type { B } from './b.ts'; export type A = B;",
      'a/b.ts': "export type B = import('../c.ts').C;",
      'c.ts': "export * from '@unroll/d';",
      'd.ts': "import { x } from './a/b.ts'; export const y = x;",
    }),
  ).toEqual(['a/b.ts', 'c.ts', 'd.ts', 'a/b.ts']);
  expect(
    cycleOf({ 'a.ts': "import './b.ts'; import './c.ts';", 'b.ts': "import './c.ts';", 'c.ts': '' }),
  ).toBeUndefined();
});

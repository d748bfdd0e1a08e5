import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, entryTarget, type Program } from '@unroll/run';
import { expect, test } from 'vitest';
import { ROOT } from '../../.config/workspace.mjs';
import { program as gallery } from '../../apps/gallery/src/program.ts';
import { program as unroll } from '../../apps/unroll/src/program.ts';

/** Those that every program has, and those of npm and Node. */
const OTHERS = ['--help', '--version', '--include', '--experimental-wasm-relaxed-simd'];
/** Programs whose sources lie in another folder than that of their name. */
const FOLDERS: Readonly<Record<string, string>> = { metrics: 'translate' };

/** The names of the flags that a program has, those that switch one off included. */
async function flagsOf({ commands }: Program): Promise<string[]> {
  const loaded = (await Promise.all(Object.values(commands).map((entry) => entryTarget(entry)))) as Command[];
  return loaded.flatMap(({ flags }) =>
    flags.flatMap(({ name, isBoolean }) => (isBoolean ? [name, name.replace('--', '--no-')] : [name])),
  );
}

const flags = new Map<string, string[]>([['gallery', await flagsOf(gallery)]]);
for (const [app, entry] of Object.entries(unroll.commands)) {
  const folder = FOLDERS[app] ?? app;
  flags.set(folder, [...(flags.get(folder) ?? []), ...(await flagsOf((await entryTarget(entry)) as Program))]);
}
const all = [...flags.values()].flat();

/** What the sources of a folder name like a flag, outside of comments and style sheets, with where. */
function namedFlags(folder: string): [flag: string, where: string][] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/\.(?:test|fixture)\.|\btesting\b/.test(file))
    .flatMap((file) =>
      readFileSync(join(ROOT, folder, file), 'utf8')
        .split('\n')
        .flatMap((line, k) =>
          [
            ...line
              .replace(/^\s*(?:\/?\*|\/\/).*/, '')
              .matchAll(/(?<=^|[\s'"`])(--[a-z][a-z0-9-]*[a-z0-9])(?=$|[\s'"`,;.?)])/g),
          ].map(([, flag = '']): [string, string] => [flag, `${folder}/${file}:${k + 1}`]),
        ),
    );
}

/** The flags that sources may name: of an application its own; compare and what all share name those of any. */
const KNOWN: [folder: string, flags: readonly string[]][] = [
  ...[...flags].map(([app, own]): [string, string[]] => [`apps/${app}/src`, app === 'compare' ? all : own]),
  ...['kernels', 'rnn-core', 'run', 'text'].map((name): [string, string[]] => [`packages/${name}/src`, all]),
];

test.each(KNOWN)('what %s tells a person to type is a flag that there is', (folder, known) => {
  const named = namedFlags(folder);
  const unknown = named.filter(([flag]) => !known.includes(flag) && !OTHERS.includes(flag));
  expect(unknown.map((found) => found.join(' in '))).toStrictEqual([]);
});

test('the sources are read', () => expect(namedFlags('apps/char-lm/src').length).toBeGreaterThan(20));

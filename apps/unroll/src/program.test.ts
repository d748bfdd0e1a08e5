import { readFileSync } from 'node:fs';
import { type Command, type Entry, entryTarget, type Program } from '@unroll/run';
import { callProgram } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { program } from './program.ts';

const APPLICATIONS = Object.keys(program.commands);

test('help lists the applications', async () => {
  const { code, out } = await callProgram(program, ['--help']);
  expect(code).toBe(0);
  for (const app of APPLICATIONS) expect(out).toMatch(new RegExp(`^  ${app} `, 'm'));
});

test.each(APPLICATIONS)(
  '%s: says of itself what the list says, and names its commands as it was called',
  async (app) => {
    const { summary, load } = program.commands[app] as { summary: string; load: () => Promise<Program> };
    const loaded = await load();
    expect([loaded.app, loaded.summary]).toStrictEqual([app, summary]);
    const { code, out } = await callProgram(program, [app, '--help']);
    expect([code, out]).toStrictEqual([0, expect.stringContaining(`${loaded.invocation} COMMAND [flags]`)]);
  },
);

test.each(APPLICATIONS)('%s: every flag of every command has a description in --help', async (app) => {
  const { load } = program.commands[app] as { load: () => Promise<Program> };
  const { commands } = await load();
  const flagsOf = async ([name, entry]: readonly [string, Entry]) =>
    ((await entryTarget(entry)) as Command).flags.map((flag) => ({ ...flag, where: `${name} ${flag.name}` }));
  const flags = (await Promise.all(Object.entries(commands).map(flagsOf))).flat();
  expect(flags).not.toHaveLength(0);
  expect(flags.filter(({ description }) => description === '').map(({ where }) => where)).toEqual([]);
});

test.each([[], ...APPLICATIONS.map((app) => [app])])(
  '--version of unroll %s is that of its package',
  async (...words) => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    const { code, out } = await callProgram(program, [...words, '--version']);
    expect([code, out]).toStrictEqual([0, `${words[0] ?? 'unroll'} ${version}\n`]);
  },
);

test('an application that does not exist: the nearest one', async () => {
  const { code, err } = await callProgram(program, ['sentimnt', 'train']);
  expect([code, err]).toStrictEqual([2, expect.stringContaining('got sentimnt; did you mean sentiment?')]);
});

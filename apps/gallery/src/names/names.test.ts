import { readFileSync } from 'node:fs';
import { callProgram, callSuccessfully, TestFolder } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { program } from '../program.ts';
import { charactersOf, LANGUAGES, readNames } from './name-lists.ts';

test('names are split by the name: none is on two sides, and every language on each', () => {
  const parts = readNames();
  const sets = Object.values(parts).map((names) => new Set(names.map(({ name }) => name)));
  expect(sets[0]?.size).toBeGreaterThan(6000);
  for (const [k, set] of sets.entries())
    for (const other of sets.slice(k + 1)) expect([...set].filter((name) => other.has(name))).toEqual([]);
  for (const names of Object.values(parts))
    expect(new Set(names.map(({ language }) => language)).size).toBe(LANGUAGES.length);
  expect(charactersOf(parts).join('')).toMatch(/^\p{Script=Latin}+$/u);
});

test('it trains, told the language and not, draws names, and writes some', async () => {
  using folder = new TestFolder();
  const out = `${folder.path}/run`;
  const { out: json } = await callSuccessfully(program, ['names', '--short', '--seeds', '1', '--out', out, '--json']);
  const { scores } = JSON.parse(json);
  for (const [{ nats, novel }] of Object.values<[{ nats: number; novel: number }]>(scores)) {
    expect(nats).toBeLessThan(3.4); // ln 90 = 4.5 before training
    expect(novel).toBeGreaterThan(0.8);
  }
  expect(readFileSync(`${out}/picture.svg`, 'utf8')).toContain('Czech');
  const { out: written } = await callSuccessfully(program, ['predict', out, 'czech']);
  expect(written.split('\n')).toHaveLength(11);
  const wrong = await callProgram(program, ['predict', out, 'Klingon']);
  expect(wrong.code).toBe(2);
  expect(wrong.err).toMatch(/^gallery: INPUT must be one of Croatian, .*, got Klingon\n$/);
});

test('train takes any cell and size, and a resumed run ends in the weights of one that never stopped', async () => {
  using folder = new TestFolder();
  const [whole, parted] = [`${folder.path}/whole`, `${folder.path}/parted`];
  const flags = '--piece names --short --cell lstm --hidden-size 8 --validate-every 2 --steps'.split(' ');
  const { out } = await callSuccessfully(program, ['train', ...flags, '4', '--out', whole, '--json']);
  expect(JSON.parse(out)).toMatchObject({ nats: expect.any(Number), steps: 4 });
  const stop = setInterval(() => process.listenerCount('SIGINT') > 0 && process.emit('SIGINT'), 1);
  const stopped = await callProgram(program, ['train', ...flags, '4', '--out', parted]);
  clearInterval(stop);
  expect([stopped.code, stopped.err]).toEqual([130, expect.stringContaining(' train --resume ')]);
  await callSuccessfully(program, ['train', '--resume', parted]);
  const weights = (run: string) => readFileSync(`${run}/model.safetensors`);
  expect(weights(parted).equals(weights(whole))).toBe(true);
  expect((await callSuccessfully(program, ['predict', parted, 'Czech'])).out.split('\n')).toHaveLength(11);
  const elsewhere = await callProgram(program, ['train', '--piece', 'names', '--data-dir', 'd', '--steps', '1']);
  expect(elsewhere.err).toBe(
    'gallery: --data-dir has no effect with --piece names; it needs --piece image-rows, image-pixels, spoken-digits\n',
  );
  const bare = await callProgram(program, ['train', 'names', '--steps', '1']);
  expect(bare.err).toBe(
    'gallery: unexpected argument names; this command takes flags only; did you mean --piece names?\n',
  );
  const none = await callProgram(program, ['train', '--steps', '1']);
  expect(none.err).toMatch(/^gallery: --piece must be given, one of image-rows, .*names, captions\n$/);
  const other = await callProgram(program, ['train', '--piece', 'names', '--size', '7', '--steps', '1']);
  expect(other.err).toBe('gallery: --size has no effect with --piece names; it needs --piece image-pixels\n');
});

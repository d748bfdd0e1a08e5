import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { ModelFolder, readMetrics, readRunRecord } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, succeed, TINY, toyText } from './toy.fixture.ts';

let folder: TestFolder;
let origin: string;
let other: string;
const out = (name: string): string => join(folder.path, name);
const FEW = '--steps 40 --validate-every 10 --backend reference'.split(' ');
const trainedOn = async (name: string, ...flags: string[]) =>
  succeed('train', '--data', other, ...FEW, '--batch-size', '4', '--bptt', '8', '--out', out(name), ...flags);
const weights = (run: string, which: 'best' | 'last' = 'best') =>
  ModelFolder.open(run, 'char-lm').weights(which).tensors;

const characters = (run: string) =>
  (JSON.parse(readFileSync(join(run, 'tokenizer.json'), 'utf8')) as { alphabet: string[] }).alphabet;
/** A character's row of a tensor. */
const row = (run: string, name: string, character: string) => {
  const { data, shape } = weights(run).get(name)!;
  const id = characters(run).indexOf(character) + 1;
  const width = data.length / shape[0]!;
  return Array.from((data as Float32Array).slice(id * width, (id + 1) * width), (x) => Math.round(x * 1e5) + 0);
};

beforeAll(async () => {
  folder = new TestFolder();
  origin = out('origin');
  other = folder.file('other.txt', toyText(100).replaceAll('whale', 'fjord').replaceAll('boat', 'kayak'));
  await succeed('train', '--data', folder.file('toy.txt', toyText(200)), ...TINY, '--steps', '300', '--out', origin);
}, 60_000);
afterAll(() => folder[Symbol.dispose]());

test('starts from the weights of another run, row by row of the characters that both know', async () => {
  const { err } = await trainedOn('tuned', '--init-from', origin, '--lr', '1e-9', '--warmup-ratio', '0');
  // The words in place of the others bring f and j.
  expect(err).toMatch(
    `${origin}: starts from its weights of step 300\nvocabulary: 22 of 24 characters kept, 2 new\n`,
  );
  for (const name of ['embedding.weight', 'head.weight', 'head.bias'])
    expect(row(out('tuned'), name, 'd'), name).toStrictEqual(row(origin, name, 'd'));
  expect(row(out('tuned'), 'head.bias', 'j')).toStrictEqual([0]);
  const firstLoss = (run: string) => Number(readMetrics(join(run, 'metrics.jsonl'))[0]?.['loss']);
  expect(firstLoss(out('tuned'))).toBeLessThan(0.8 * firstLoss(origin));
  expect(readRunRecord(out('tuned'), 'char-lm').origin).toStrictEqual({
    run: 'origin',
    step: 300,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(readRunRecord(out('tuned'), 'char-lm').config).toMatchObject({ hiddenSize: 12, embeddingSize: 8 });
}, 60_000);

test('starts every network of an ensemble from its own weights', async () => {
  const [toy, both] = [out('toy.txt'), out('both')];
  await succeed('train', '--data', toy, ...TINY, '--ensemble-size', '2', '--steps', '2', '--out', both);
  await trainedOn('of both', '--init-from', both, '--lr', '1e-9', '--warmup-ratio', '0');
  expect(readRunRecord(out('of both'), 'char-lm').config).toMatchObject({ ensembleSize: 2, hiddenSize: 12 });
  for (const name of ['embedding.weight', 'head.bias'].flatMap((name) => [`members.0.${name}`, `members.1.${name}`]))
    expect(row(out('of both'), name, 'd'), name).toStrictEqual(row(both, name, 'd'));
  expect(row(both, 'members.1.embedding.weight', 'd')).toHaveLength(6);
}, 60_000);

test('resumes without the run it started from, and averages the weights', async () => {
  const gone = out('gone');
  await trainedOn('averaged', '--init-from', origin, '--freeze', 'embedding.*', '--average-checkpoints', '3');
  renameSync(origin, gone);
  const resumed = await succeed('train', '--resume', out('averaged'), '--steps', '60');
  renameSync(gone, origin);
  expect(resumed.err).toMatch(
    /Validation loss of the best checkpoint [\d.]+; averaged over the best, of steps \d+, \d+, \d+, [\d.]+; over the last, /,
  );
  expect(readRunRecord(out('averaged'), 'char-lm').origin).toMatchObject({ run: 'origin' });
}, 60_000);

test('what contradicts the other run is refused', async () => {
  const refused = async (...flags: string[]) => (await call('train', '--data', other, ...FEW, ...flags)).err;
  expect(await refused('--init-from', origin, '--hidden-size', '16')).toMatch(
    `--hidden-size must be 12, as in ${origin}, to start from its weights, got 16\n`,
  );
  expect(await refused('--init-from', origin, '--unit', 'byte')).toMatch('--unit must be codepoint, as in');
  expect(await refused('--init-from', out('nothing'))).toMatch('nothing: no such folder');
  expect(await refused('--init-from', origin, '--resume', origin)).toMatch(
    '--init-from and --resume must not be given together; leave out --init-from: a resumed run keeps its weights',
  );
  expect(await refused('--freeze', 'encoder.*')).toMatch(
    '--freeze must match a parameter, got encoder.*, which matches none; there are embedding.*, layers.*, head.*\n',
  );
  expect(await refused('--unfreeze-after', '0.5')).toMatch('--unfreeze-after has no effect without --freeze');
  expect(await refused('--average-checkpoints', '5')).toMatch(
    '--average-checkpoints must be at most the number of validations, 4, got 5; give a smaller --validate-every',
  );
});

test('the pattern that --help shows matches parameters', async () => {
  const { out: help } = await succeed('train', '--help');
  const [, pattern = ''] = /any\s+characters:\s+'([^']+)'/.exec(help) ?? [];
  expect(pattern).toMatch('*');
  await succeed('train', '--data', other, ...TINY, '--steps', '2', '--freeze', pattern, '--out', out('frozen'));
}, 60_000);

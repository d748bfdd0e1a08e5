import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { ModelFolder, withFlags } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, succeed, TINY, toyPairs, tsv } from './toy.fixture.ts';

let folder: TestFolder;
let origin: string;
let data: string;
const out = (name: string): string => join(folder.path, name);
const FEW = '--steps 2 --validate-every 1 --batch-tokens 150 --beam-size 1 --lr 1e-9 --backend reference'.split(' ');
const tokenizer = (run: string) => readFileSync(join(run, 'tokenizer.json'), 'utf8');
const rows = (run: string) => ModelFolder.open(run, 'translate').weights().tensors.get('target.weight')!;

beforeAll(async () => {
  folder = new TestFolder();
  origin = out('origin');
  const pairs = folder.file('toy.tsv', tsv(toyPairs(100)));
  data = folder.file('other.tsv', tsv(toyPairs(100, 8)).replaceAll('boat', 'ship').replaceAll('bateau', 'navire'));
  await succeed('train', '--data', pairs, ...TINY, '--steps', '5', '--out', origin);
}, 60_000);
afterAll(() => folder[Symbol.dispose]());

test('keeps the subwords of the run it starts from, and has them when resumed without it', async () => {
  const run = out('kept');
  const { err } = await succeed('train', '--data', data, ...FEW, '--init-from', origin, '--out', run);
  expect(err).toMatch(/\nvocabulary: 320 of 320 subwords kept, 0 new\n/);
  expect(tokenizer(run)).toBe(tokenizer(origin));
  renameSync(origin, out('gone'));
  await succeed('train', '--resume', run, '--steps', '3');
  renameSync(out('gone'), origin);
}, 60_000);

test('learns other subwords when asked to, and takes over the rows of those that both know', async () => {
  const run = out('learnt');
  const { err } = await succeed(
    'train',
    '--data',
    data,
    ...FEW,
    '--init-from',
    origin,
    '--vocab-size',
    '330',
    '--out',
    run,
  );
  const [, kept = ''] = /\nvocabulary: (\d+) of 330 subwords kept/.exec(err) ?? [];
  expect(Number(kept)).toBeGreaterThan(290);
  expect(Number(kept)).toBeLessThan(330);
  const [learnt, earlier] = [rows(run), rows(origin)];
  expect(learnt.shape).toStrictEqual([330, 24]);
  const rounded = ({ data }: typeof learnt) =>
    Array.from((data as Float32Array).slice(0, 257 * 24), (x) => Math.round(x * 1e5) + 0);
  expect(rounded(learnt)).toStrictEqual(rounded(earlier)); // `</s>` and the bytes, which all vocabularies hold
  const refused = await call('train', '--data', data, '--init-from', origin, '--no-joint-vocab');
  expect(refused.err).toMatch(`--joint-vocab must be true, as in ${origin}, to start from its weights, got false`);
}, 60_000);

test('takes over every network of an ensemble, and its size', async () => {
  const [ensemble, run] = [out('ensemble'), out('from ensemble')];
  const flags = withFlags(TINY, '--ensemble-size', '2');
  await succeed('train', '--data', data, ...flags, '--steps', '2', '--out', ensemble);
  await succeed('train', '--data', data, ...FEW, '--init-from', ensemble, '--vocab-size', '330', '--out', run);
  const [before, after] = [ensemble, run].map((one) => ModelFolder.open(one, 'translate').weights().tensors);
  expect(after!.get('members.1.target.weight')!.shape).toStrictEqual([330, 24]);
  for (const name of ['members.0.target.weight', 'members.1.target.weight', 'members.1.bridge.weight'])
    for (const [k, x] of (before!.get(name)!.data as Float32Array).slice(0, 257 * 24).entries())
      expect(after!.get(name)!.data[k]).toBeCloseTo(x, 5);
  const refused = await call('train', '--data', data, '--init-from', origin, '--ensemble-size', '2');
  expect(refused.err).toMatch(`--ensemble-size must be 1, as in ${origin}, to start from its weights, got 2`);
}, 60_000);

test('the pattern that --help shows matches parameters', async () => {
  const { out: help } = await succeed('train', '--help');
  const [, pattern = ''] = /any\s+characters:\s+'([^']+)'/.exec(help) ?? [];
  expect(pattern).toMatch('*');
  await succeed('train', '--data', data, ...withFlags(TINY, ...FEW), '--freeze', pattern, '--out', out('frozen'));
}, 60_000);

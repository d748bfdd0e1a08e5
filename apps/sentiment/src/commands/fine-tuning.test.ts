import { join } from 'node:path';
import { ModelFolder } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, csv, succeed, TINY, toyReviews } from './toy.fixture.ts';

let folder: TestFolder;
let origin: string;
const out = (name: string): string => join(folder.path, name);
const SLOW = '--steps 5 --lr 1e-9 --warmup-ratio 0 --no-bag-char-ngrams --backend reference'.split(' ');

beforeAll(async () => {
  folder = new TestFolder();
  origin = out('origin');
  const data = folder.file('reviews.csv', csv(toyReviews(200)));
  await succeed('train', '--data', data, ...TINY, '--steps', '40', '--out', origin);
}, 60_000);
afterAll(() => folder[Symbol.dispose]());

const tensor = (run: string, name: string) =>
  ModelFolder.open(run, 'sentiment').weights().tensors.get(name)!.data as Float32Array;
const rounded = (data: Float32Array) => Array.from(data, (x) => Math.round(x * 1e4) + 0);

test('takes over the networks, with the output layer when the classes are the same', async () => {
  const data = folder.file('others.csv', csv(toyReviews(100, 8)).replaceAll('film', 'play'));
  const run = out('tuned');
  const { err } = await succeed('train', '--data', data, ...SLOW, '--init-from', origin, '--out', run);
  expect(err).toMatch(/\nvocabulary: 6\d of 6\d words kept, 1 new\n/);
  for (const name of ['head.weight', 'parts.weight', 'recurrent.weight_ih_l0'])
    expect(rounded(tensor(run, `members.0.${name}`)), name).toStrictEqual(
      rounded(tensor(origin, `members.0.${name}`)),
    );
}, 60_000);

test('other classes have a new output layer; another size is refused', async () => {
  const stars = csv(toyReviews(100, 8)).replaceAll(',negative', ',1').replaceAll(',positive', ',5');
  const run = out('stars');
  const data = folder.file('stars.csv', stars);
  const { err } = await succeed('train', '--data', data, ...SLOW, '--init-from', origin, '--out', run);
  expect(err).toMatch('\noutput layer: new, since its classes were negative, positive and are 1, 5\n');
  expect(rounded(tensor(run, 'members.0.head.weight')).every((x) => x === 0)).toBe(true);
  const refused = await call('train', '--data', data, '--init-from', origin, '--embedding-size', '9');
  expect(refused.err).toMatch(`--embedding-size must be 8, as in ${origin}, to start from its weights, got 9`);
}, 60_000);

test('the pattern that --help shows matches parameters', async () => {
  const { out: help } = await succeed('train', '--help');
  const [, pattern = ''] = /any\s+characters:\s+'([^']+)'/.exec(help) ?? [];
  expect(pattern).toMatch('*');
  await succeed(
    'train',
    '--data',
    folder.file('same.csv', csv(toyReviews(100))),
    ...TINY,
    '--steps',
    '2',
    '--freeze',
    pattern,
    '--out',
    out('frozen'),
  );
}, 60_000);

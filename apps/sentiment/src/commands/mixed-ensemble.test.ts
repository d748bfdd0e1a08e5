import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFlags } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, expect, test } from 'vitest';
import { call, csv, succeed, TINY, toyReviews } from './toy.fixture.ts';

const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());

const KINDS = withFlags(TINY, '--ensemble-size', '3', '--mixed-ensemble', '--nb-features');

test('networks of two kinds train, resume to the same bits, classify again, explain and start another training', async () => {
  const data = folder.file('toy.csv', csv(toyReviews(300)));
  const [whole, parted, other] = ['whole', 'parted', 'other'].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ];
  const flags = [
    '--data',
    data,
    ...KINDS,
    '--lr-schedule',
    'constant',
    '--warmup-ratio',
    '0',
    '--validate-every',
    '20',
  ];
  const { out } = await succeed('train', ...flags, '--steps', '60', '--out', whole, '--json');
  await succeed('train', ...flags, '--steps', '40', '--out', parted);
  await succeed('train', '--resume', parted, '--steps', '60');
  expect(readFileSync(join(parted, 'model.safetensors'))).toStrictEqual(
    readFileSync(join(whole, 'model.safetensors')),
  );

  const evaluated = await succeed('evaluate', whole, '--split', 'valid', '--no-baselines', '--json');
  expect(JSON.parse(out).valid.accuracy).toBeGreaterThan(0.8);
  expect(JSON.parse(evaluated.out).accuracy).toBe(JSON.parse(out).valid.accuracy);

  const explained = await succeed('explain', whole, 'The film is not bad', '--json');
  expect(explained.out).toContain('"gradient"');

  await succeed('train', '--init-from', whole, '--data', data, '--steps', '1', '--out', other);
  expect(JSON.parse(readFileSync(join(other, 'config.json'), 'utf8')).mixedEnsemble).toBe(true);
  const refused = await call('train', '--init-from', whole, '--data', data, '--no-mixed-ensemble', '--steps', '1');
  expect(refused.code).toBe(2);
});

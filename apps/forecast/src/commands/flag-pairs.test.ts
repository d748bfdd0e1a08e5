import { TestFolder } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { call } from './toy.fixture.ts';

const MONTHS = Array.from(
  { length: 60 },
  (_, t) => `${2010 + Math.floor(t / 12)}-${String((t % 12) + 1).padStart(2, '0')},${t}`,
);

test.each([
  [
    'train --data DATA --steps 1 --holidays us',
    '--holidays has no effect with the steps of 1 month of months; leave it out',
  ],
  ['train --data DATA --steps 100 --patience 9', '--patience has no effect with'],
  ['train --data DATA --steps 9 --probe-gradients 10', '--probe-gradients has no effect with --steps 9'],
])('a flag without effect beside another: %s', async (line, message) => {
  using folder = new TestFolder();
  const data = folder.file('months.csv', ['time,value', ...MONTHS, ''].join('\n'));
  const { code, err } = await call(...line.split(' ').map((word) => word.replace('DATA', data)));
  expect([code, err]).toEqual([2, expect.stringContaining(`forecast: ${message}`)]);
});

test('the holidays of a preset are left alone', async () => {
  using folder = new TestFolder();
  const data = folder.file('months.csv', ['time,value', ...MONTHS, ''].join('\n'));
  const flags = '--horizon 4 --context 8 --lags 1,2 --hidden-size 4 --steps 1 --backend reference'.split(' ');
  const out = `${folder.path}/run`;
  const { err } = await call('train', '--preset', 'us-births', '--data', data, ...flags, '--out', out);
  expect(err).toContain('step 1/1');
});

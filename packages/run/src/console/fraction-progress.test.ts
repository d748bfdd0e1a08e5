import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { fractionProgress } from './fraction-progress.ts';

test('what takes long says how far it is, ever less often', () => {
  const err = new PassThrough();
  let now = 100;
  const tell = fractionProgress('Fitting the baselines', err, () => now);
  const lines: string[] = [];
  for (let second = 1; second <= 40; second++) {
    now = 100 + second;
    tell(second / 80);
    lines.push(
      ...String(err.read() ?? '')
        .split('\n')
        .filter(Boolean),
    );
  }
  expect(lines).toEqual([
    'Fitting the baselines: 6 % done, at most 1m 15s left',
    'Fitting the baselines: 19 % done, at most 1m 5s left',
    'Fitting the baselines: 44 % done, at most 45s left',
  ]);
});

import { expect, test } from 'vitest';
import { pad } from './padding.ts';

test('pad lays sequences side by side, time-major, with their lengths', () => {
  expect(pad([[1, 2, 3], Int32Array.of(4), []])).toStrictEqual({
    T: 3,
    B: 3,
    ids: Int32Array.of(1, 4, 0, 2, 0, 0, 3, 0, 0),
    lengths: Int32Array.of(3, 1, 0),
  });
  expect(pad([])).toStrictEqual({ T: 0, B: 0, ids: new Int32Array(0), lengths: new Int32Array(0) });
});

import { expect, test } from 'vitest';
import { byName } from './by-name.ts';

test('a name before those that begin with it, and numbers by their size', () => {
  const names = ['texts-15min', 'texts-5min', 'texts', 'letters-small', 'letters', 'Notes'];
  expect(names.sort(byName)).toEqual(['letters', 'letters-small', 'Notes', 'texts', 'texts-5min', 'texts-15min']);
});

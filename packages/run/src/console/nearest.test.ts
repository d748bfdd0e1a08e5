import { expect, test } from 'vitest';
import { didYouMean } from './nearest.ts';

const flags = ['--hidden-size', '--embedding-size', '--lr', '--lr-schedule', '--steps', '--seed', '--tie-weights'];

test.each([
  ['--hidden', '--hidden-size'],
  ['--hiddensize', '--hidden-size'],
  ['--hiden-size', '--hidden-size'],
  ['--step', '--steps'],
  ['--sede', '--seed'],
  ['--tie', '--tie-weights'],
  ['--layers', undefined],
  ['--xyzzy', undefined],
  ['-x', undefined],
])('of %s %s is the nearest', (name, nearest) =>
  expect(didYouMean(name, flags)).toBe(nearest ? `; did you mean ${nearest}?` : ''),
);

import { expect, test } from 'vitest';
import { shortPaths } from './short-paths.ts';

test.each([
  [
    ['/a/b/test.en', '/a/b/test.fr'],
    ['test.en', 'test.fr'],
  ],
  [
    ['runs/one/gru-s1', 'runs/two/gru-s1/'],
    ['one/gru-s1', 'two/gru-s1'],
  ],
  [
    ['runs/one', 'runs/one/gru-s1'],
    ['one', 'one/gru-s1'],
  ],
  [
    ['C:\\texts\\a.txt', 'C:\\texts\\b.txt'],
    ['a.txt', 'b.txt'],
  ],
  [['/a/b/test.en'], ['test.en']],
  [
    ['x', 'x'],
    ['x', 'x'],
  ],
  [[], []],
])('%j is short %j', (paths, short) => expect(shortPaths(paths)).toEqual(short));

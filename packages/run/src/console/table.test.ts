import { expect, test } from 'vitest';
import { table } from './table.ts';

test('numbers stand to the right, words to the left', () => {
  expect(
    table(
      ['model', 'accuracy', 'F1'],
      [
        ['network', '91.2 ± 0.3', 0.9],
        ['bag of words', '89.6', '-'],
      ],
    ),
  ).toBe(
    [
      'model           accuracy   F1', //
      '─────────────────────────────',
      'network       91.2 ± 0.3  0.9',
      'bag of words        89.6    -',
    ].join('\n'),
  );
});

test('wide characters take two columns', () => {
  const [header, , row] = table(['a', 'b'], [['日本', 'x']]).split('\n');
  expect(header?.indexOf('b')).toBe(6);
  expect(row).toBe('日本  x');
});

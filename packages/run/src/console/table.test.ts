import stringWidth from 'string-width';
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

test.each([
  ['a combining accent', 'cafe\u0301', 4],
  ['an emoji of several', '👩\u200d🚀!', 3],
  ['an escape sequence', '\u001b[31mx', String.raw`\x1b[31mx`.length],
  ['a line break and a tab', 'a\n\tb', String.raw`a\n\tb`.length],
  ['an override of the direction', 'a\u202eb', String.raw`a\u202eb`.length],
])('%s keeps the columns lined up', (_, cell, width) => {
  const lines = table(
    ['a', 'b'],
    [
      [cell, 'x'],
      ['long enough to be the widest', 'y'],
    ],
  ).split('\n');
  expect(lines).toHaveLength(4);
  expect(stringWidth(lines[2]?.replace(/ +x$/, '') ?? '')).toBe(width);
  expect(stringWidth(lines[2] ?? '')).toBe(stringWidth(lines[3] ?? ''));
});

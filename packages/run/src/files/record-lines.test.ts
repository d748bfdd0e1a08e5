import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { recordLines } from './record-lines.ts';
import { readRecords } from './records.ts';

test('cells with commas, quotes and line breaks are quoted in CSV', () => {
  expect(
    recordLines(
      [
        ['1', 'a, b'],
        ['2', 'say "hi"'],
        ['3', 'two\nlines'],
        ['4', 'a\rb'],
        ['5', ''],
      ],
      'csv',
    ),
  ).toBe('1,"a, b"\n2,"say ""hi"""\n3,"two\nlines"\n4,"a\rb"\n5,\n');
});

test('in TSV what would end a cell becomes a space', () => {
  expect(
    recordLines(
      [
        ['1', 'a\tb\r\nc'],
        ['2', '"'],
      ],
      'tsv',
    ),
  ).toBe('1\ta b c\n2\t"\n');
});

test('what is written is what is read again', async () => {
  const texts = ['plain', ' spaces ', 'a,b', '"quoted"', 'x\ny', 'über 🐋'];
  const csv = recordLines([['text'], ...texts.map((text) => [text])], 'csv');
  const read: (string | undefined)[] = [];
  for await (const { values } of readRecords(
    { name: 'a.csv', chunks: Readable.from([Buffer.from(csv)]) },
    { text: 'text' },
    'csv',
  ))
    read.push(values['text']);
  expect(read).toEqual(texts);
});

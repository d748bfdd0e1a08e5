import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Columns, type RecordFormat, readRecords } from './records.ts';

/** A file that comes in pieces of a few bytes, so that every piece ends in the middle of something. */
const file = (name: string, content: string | Uint8Array, piece = 3) => {
  const bytes = Buffer.from(content as Uint8Array);
  const count = Math.ceil(bytes.length / piece);
  return { name, chunks: Array.from({ length: count }, (_, i) => bytes.subarray(i * piece, (i + 1) * piece)) };
};

async function read(source: Parameters<typeof readRecords>[0], columns: Columns, format?: RecordFormat) {
  const records: [line: number, ...values: string[]][] = [];
  for await (const { line, values } of readRecords(source, columns, format))
    records.push([line, ...Object.keys(columns).map((key) => values[key] ?? '?')]);
  return records;
}

const BY_NAME = { text: 'text', label: 'label' };

const deep = (open: string, close: string) => open.repeat(100_000) + close.repeat(100_000);

test.each([
  ['deep.jsonl', `{"text":${deep('[', ']')}}`, 'deep.jsonl: line 1: is nested too deeply'],
  ['deep.jsonl', deep('[', ']'), 'deep.jsonl: line 1: is nested too deeply'],
  ['deep.json', deep('[', ']'), 'deep.json: record 1: is nested too deeply'],
  ['deep.json', deep('{"a":', '}').replace('}', '1}'), 'deep.json: is nested too deeply'],
])('%s nested 100,000 deep is named (%#)', async (name, content, message) => {
  await expect(read(file(name, content, 1 << 16), { text: 'text' })).rejects.toThrow(
    expect.objectContaining({ name: 'DataError', message }),
  );
});

test('gzip that fills the memory is refused while it is read', async () => {
  const bomb = gzipSync(Buffer.alloc(80 * 2 ** 20, 'a'), { level: 1 });
  await expect(read(file('bomb.jsonl.gz', bomb, 1 << 12), { text: 'text' })).rejects.toThrow(
    'bomb.jsonl.gz: must be gzip of text, got one that expands to over 200 times its size; unzip it first if that is right',
  );
});

test('a line longer than the engine holds is refused: it comes from pieces, and no memory is taken for it', async () => {
  const piece = new Uint8Array(2 ** 26).fill(0x61);
  const endless = { name: 'one.jsonl', chunks: Array.from({ length: 9 }, () => piece) };
  await expect(read(endless, { text: 'text' })).rejects.toThrow(
    'one.jsonl: each line must be at most 511 MiB uncompressed, got more; split it',
  );
});

test('CSV: quotes, line ends within them, doubled quotes, empty lines, any order of columns', async () => {
  const csv = 'label,id,text\n1,a,"two\nlines, one ""quote"""\n\n0,b,short\n';
  expect(await read(file('a.csv', csv), BY_NAME)).toEqual([
    [2, 'two\nlines, one "quote"', '1'],
    [5, 'short', '0'],
  ]);
});

test('CSV: CRLF, a byte order mark, no line end at the end', async () => {
  expect(await read(file('a.csv', '\uFEFFtext,label\r\nx,1\r\ny,2'), BY_NAME)).toEqual([
    [2, 'x', '1'],
    [3, 'y', '2'],
  ]);
});

test('TSV: quotes are characters, and of the line ends of Unicode only CRLF, LF and CR count', async () => {
  expect(await read(file('a.tsv', '1\t"so\u0085 called\n2\tb"\n'), { label: 1, text: 2 })).toEqual([
    [1, '1', '"so\u0085 called'],
    [2, '2', 'b"'],
  ]);
});

test.each([1, 2, 3, 1000])('every CRLF, LF and CR ends a record, in pieces of %i bytes', async (piece) => {
  const expected = [
    [2, 'a', '1'],
    [3, 'b\nb', '2'],
    [5, 'c', '3'],
    [6, 'd', '4'],
  ];
  expect(await read(file('a.csv', 'text,label\r\na,1\n"b\r\nb",2\rc,3\nd,4\r', piece), BY_NAME)).toEqual(expected);
  const lines = '{"text":"a"}\r\n{"text":"b"}\n{"text":"c"}\r{"text":"d"}';
  expect(await read(file('a.jsonl', lines, piece), { text: 'text' })).toEqual([
    [1, 'a'],
    [2, 'b'],
    [3, 'c'],
    [4, 'd'],
  ]);
});

describe('the export of a spreadsheet', () => {
  const rows = (delimiter: string): string =>
    `\uFEFF"Nr.";"text";"label"\r\n1;"Gut; schnell";"4,5"\r\n2;"Es ist,\r\nin ""Ordnung""";"3"\r\n`.replaceAll(
      /;(?! )/g,
      delimiter,
    );
  const expected = [
    [2, 'Gut; schnell', '4,5'],
    [3, 'Es ist,\nin "Ordnung"', '3'],
  ];

  test.each([1, 2, 3, 1000])('in UTF-16 with half a character on line 3, in pieces of %i bytes', async (piece) => {
    const broken = Buffer.from('\ufefftext,label\r\na,1\r\nb\ud800,2\r\n', 'utf16le');
    await expect(read(file('a.csv', broken, piece), BY_NAME)).rejects.toThrow(
      'a.csv: must be whole UTF-16, got half a character on line 3',
    );
  });

  test.each([',', ';', '\t'])('with the delimiter %j', async (delimiter) => {
    expect(await read(file('a.csv', rows(delimiter), 1000), BY_NAME)).toEqual(expected);
    expect(await read(file('a.csv', rows(delimiter), 1), BY_NAME)).toEqual(expected);
  });

  test.each([1, 2, 3, 1000])('in UTF-16, in pieces of %i bytes', async (piece) => {
    const little = Buffer.from(rows('\t'), 'utf16le');
    expect(await read(file('a.csv', little, piece), BY_NAME)).toEqual(expected);
    expect(await read(file('a.csv', Buffer.from(little).swap16(), piece), BY_NAME)).toEqual(expected);
  });

  test.each([1, 1000])(
    'without a header, the delimiter is the one that every row has as often, in pieces of %i bytes',
    async (piece) => {
      const csv = '\n\nGood, cheap, fast;pos\nBad;neg\n';
      expect(await read(file('a.csv', csv, piece), { text: 1, label: 2 })).toEqual([
        [3, 'Good, cheap, fast', 'pos'],
        [4, 'Bad', 'neg'],
      ]);
    },
  );

  test('with a cell that is longer than what shows the delimiter', async () => {
    const long = 'so, \n'.repeat(20_000);
    const csv = `text;label\na;1\n"${long}";2\n`;
    expect(await read(file('a.csv', csv, 1 << 16), BY_NAME)).toEqual([
      [2, 'a', '1'],
      [3, long, '2'],
    ]);
  });
});

test('blanks around a header are no part of it', async () => {
  expect(await read(file('a.csv', ' text ,label \nx,1\n'), BY_NAME)).toEqual([[2, 'x', '1']]);
});

test('accents are composed, in escapes too', async () => {
  expect(await read(file('a.csv', 'text\ncafe\u0301\n'), { text: 'text' })).toEqual([[2, 'caf\u00e9']]);
  expect(await read(file('a.jsonl', '{"text":"cafe\\u0301"}'), { text: 'text' })).toEqual([[1, 'caf\u00e9']]);
});

test('a table of one column has a record for every row, blank ones too', async () => {
  const lines: number[] = [];
  const source = file('a.csv', 'text\na\n\nb\n""\n   \nc\n');
  for await (const { line } of readRecords(source, { text: 'text' }, undefined, { keepEmpty: true }))
    lines.push(line);
  expect(lines).toEqual([2, 3, 4, 5, 6, 7]);
});

test('all columns come with a record, in their order', async () => {
  const fields = async (name: string, content: string, column: string | number) => {
    for await (const record of readRecords(file(name, content), { text: column })) return record.fields;
    return undefined;
  };
  expect(await fields('a.csv', '2,text,1\na,b,c\n', 'text')).toEqual([
    ['2', 'a'],
    ['text', 'b'],
    ['1', 'c'],
  ]);
  expect(await fields('a.tsv', 'a\tb\n', 2)).toEqual([
    ['1', 'a'],
    ['2', 'b'],
  ]);
  expect(await fields('a.jsonl', '{"text":"b","n":1}', 'text')).toEqual([
    ['text', 'b'],
    ['n', 1],
  ]);
});

test('JSONL and JSON: any scalar is text, null is none, empty records are passed over', async () => {
  const expected = [
    [1, 'a', '1'],
    [2, 'b', ''],
  ];
  const lines = '{"text":"a","label":1}\n{"text":"b","label":null}\n\n{"text":"","label":null}\n';
  expect(await read(file('a.jsonl', lines), BY_NAME)).toEqual(expected);
  const array = '[{"text":"a","label":1},{"text":"b","label":null},{"text":"","label":null}]';
  expect(await read(file('a.json', array), BY_NAME)).toEqual(expected);
});

test('gzip, and a format that is given rather than guessed', async () => {
  expect(await read(file('a.tsv.gz', gzipSync('1\ta\n')), { label: 1, text: 2 })).toEqual([[1, '1', 'a']]);
  expect(await read(file('-', '1,a\n'), { label: 1, text: 2 }, 'csv')).toEqual([[1, '1', 'a']]);
});

test('a file on disk', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-records-'));
  const path = join(folder, 'a.csv');
  writeFileSync(path, 'text,label\nx,1\n');
  expect(await read(path, BY_NAME)).toEqual([[2, 'x', '1']]);
  rmSync(folder, { recursive: true });
});

test('no more is read than is asked for, so a file may be larger than memory', async () => {
  let produced = 0;
  const chunks = (function* () {
    for (const line = Buffer.from(`${'word '.repeat(200)}\t1\n`); ; produced++) yield line;
  })();
  let count = 0;
  for await (const _ of readRecords({ name: 'endless.tsv', chunks }, { text: 1 })) if (++count === 1000) break;
  expect(produced).toBeLessThan(1500);
});

describe('one clear line for', () => {
  const wrong: [what: string, name: string, content: string | Uint8Array, columns: Columns, message: string][] = [
    [
      'quotes that do not close',
      'a.csv',
      'text\na\n"b\nc\n',
      { text: 'text' },
      'a.csv: line 3: quotes must be closed, got the end of the file',
    ],
    [
      'a quote within quotes',
      'a.csv',
      'text\na\n"b"c"\n',
      { text: 'text' },
      'a.csv: line 3: a quote within quotes must be doubled, got one alone',
    ],
    [
      'a missing column',
      'a.csv',
      'texts,label\na,1\n',
      BY_NAME,
      'a.csv: has no column text; did you mean texts?; its header is: texts, label; name the column with --text-column, or give its number for a file without a header',
    ],
    [
      'a missing column that looks like none',
      'a.csv',
      'sentence,label\na,1\n',
      BY_NAME,
      'a.csv: has no column text; its header is: sentence, label; name the column with --text-column, or give its number for a file without a header',
    ],
    [
      'a text that is no table',
      'a.csv',
      `${'the whale and the sea and the ship'.replaceAll(' ', ',')}\n${'so '.repeat(30)}\n`,
      BY_NAME,
      'a.csv: has no column text; its header is: the, whale, and, the, sea, …; name the column with --text-column, or give its number for a file without a header',
    ],
    [
      'a text in one column',
      'a.tsv',
      'call me Ishmael some years ago never mind how long\n',
      BY_NAME,
      'a.tsv: has no column text; its header is: call me Ishmael some years ago …; name the column with --text-column, or give its number for a file without a header',
    ],
    [
      'a row too short',
      'a.csv',
      'text,label\na,1\nb\n',
      BY_NAME,
      'a.csv: line 3: must have 2 columns like the first line, got 1',
    ],
    [
      'a row too long',
      'a.csv',
      'text,label\na,1\nwell, b,1\n',
      BY_NAME,
      'a.csv: line 3: must have 2 columns like the first line, got 3; put quotes around a cell that holds a comma',
    ],
    [
      'a row too long without a header',
      'a.tsv',
      'a\t1\nb\tb\t1\n',
      { text: 1, label: 2 },
      'a.tsv: line 2: must have 2 columns like the first line, got 3',
    ],
    [
      'a column twice',
      'a.csv',
      'text,label,text\na,1,b\n',
      BY_NAME,
      'a.csv: must have one column text, got a header with two of that name',
    ],
    [
      'too few columns',
      'a.tsv',
      'a\tb\n',
      { text: 3 },
      'a.tsv: has no column 3 for text; its first line has 2: a, b',
    ],
    [
      'a line that is no JSON',
      'a.jsonl',
      '{"text":"a","label":1}\n{"text"\n',
      BY_NAME,
      'a.jsonl: line 2: must be a JSON object on one line, got {"text", which ends too early; keys and texts stand in',
    ],
    [
      'a line with a key that is not quoted',
      'a.jsonl',
      '{text: 1}\n',
      BY_NAME,
      'a.jsonl: line 1: must be a JSON object on one line, got {text: 1}, which is wrong from text: 1} on; keys and',
    ],
    ['a line that is no object', 'a.jsonl', '[1]\n', BY_NAME, 'a.jsonl: line 1: must be a JSON object, got [1]'],
    [
      'a missing key',
      'a.json',
      '[{"text":"a","lable":1}]',
      BY_NAME,
      'a.json: record 1: must have a key label, got an object without it; did you mean lable?',
    ],
    ['JSON that is no array', 'a.json', '{"a":1}', BY_NAME, 'a.json: must be a JSON array, got {"a":1}'],
    ['an empty file', 'a.csv', '', BY_NAME, 'a.csv: must hold records, got none'],
    [
      'a byte that is not UTF-8',
      'a.csv',
      Buffer.from('text\nab\nc\xe9\n', 'latin1'),
      { text: 'text' },
      'a.csv: must be UTF-8, got 0xE9 at byte 9, line 3',
    ],
    [
      'gzip cut short',
      'a.csv.gz',
      gzipSync('text\nab\n').subarray(0, 20),
      { text: 'text' },
      'a.csv.gz: must be whole gzip, got unexpected end of file',
    ],
    [
      'an ending that says nothing',
      'a.doc',
      'text\n',
      { text: 'text' },
      'a.doc: must end in .csv, .tsv, .jsonl or .json, perhaps with .gz',
    ],
  ];
  test.each(wrong)('%s', async (_, name, content, columns, message) => {
    await expect(read(file(name, content), columns)).rejects.toThrow(message);
  });

  test('a missing file', async () => {
    await expect(read('nowhere.csv', BY_NAME)).rejects.toThrow(
      'cannot read nowhere.csv: no such file or folder (ENOENT)',
    );
  });
});

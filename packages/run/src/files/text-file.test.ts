import { isUtf8 } from 'node:buffer';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeText, readTextFile } from './text-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unroll-text-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const decode = (...bytes: (string | number)[]): string =>
  decodeText(
    Buffer.concat(bytes.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.of(part)))),
    'f',
  );

test('text comes as it is', () => expect(decode('Call me Ishmael. 🐋\n')).toBe('Call me Ishmael. 🐋\n'));
test('a byte order mark is dropped', () => expect(decode('\uFEFFa')).toBe('a'));
test('CRLF and CR become LF', () => expect(decode('a\r\nb\rc\r\n\r')).toBe('a\nb\nc\n\n'));
test('accents are composed', () => expect(decode('cafe\u0301')).toBe('caf\u00e9'));
test('accents stay as they are on request', () => {
  expect(decodeText(Buffer.from('cafe\u0301\r'), 'f', { compose: false })).toBe('cafe\u0301\n');
});
test('UTF-16 of both byte orders is read', () => {
  const little = Buffer.from('\uFEFFé 🐋\r\n', 'utf16le');
  expect(decodeText(little, 'f')).toBe('é 🐋\n');
  expect(decodeText(Buffer.from(little).swap16(), 'f')).toBe('é 🐋\n');
});

test('gzip is known by its bytes, not its name', () => {
  const path = join(folder, 'book.txt');
  writeFileSync(path, gzipSync('a\r\nb'));
  expect(readTextFile(path)).toBe('a\nb');
});

describe('one clear line for', () => {
  test.each([
    ['an empty file', [''], 'f: must hold text, got an empty file'],
    ['nothing but a byte order mark', ['\uFEFF'], 'f: must hold text, got nothing but a byte order mark'],
    ['a binary', ['ab\ncd', 0, 'e'], 'f: must be text, got a binary file (a zero at byte 5, line 2)'],
    ['UTF-16 cut short', [0xff, 0xfe, 'a'], 'f: must be whole UTF-16, got half a character on line 1'],
    ['a bad byte after a CR', ['a\rb', 0xff], 'f: must be UTF-8, got 0xFF at byte 3, line 2'],
    ['a byte that begins no character', ['a\nb', 0xff, 'c'], 'f: must be UTF-8, got 0xFF at byte 3, line 2'],
    ['a character cut short at the end', ['ab', 0xe2, 0x82], 'f: must be UTF-8, got 0xE2 at byte 2, line 1'],
    ['a character cut short in the middle', ['€', 0xc3, 'x'], 'f: must be UTF-8, got 0xC3 at byte 3, line 1'],
    ['an overlong form', ['a\n', 0xc0, 0x80], 'f: must be UTF-8, got 0xC0 at byte 2, line 2'],
  ])('%s', (_, bytes, message) => {
    expect(() => decode(...bytes)).toThrow(expect.objectContaining({ message }));
  });

  test('a missing file', () => {
    const path = join(folder, 'nowhere.txt');
    expect(() => readTextFile(path)).toThrow(`cannot read ${path}: no such file or folder (ENOENT)`);
  });

  test('a folder', () => {
    expect(() => readTextFile(folder)).toThrow(`cannot read ${folder}: it is a folder, not a file (EISDIR)`);
  });

  test('gzip that expands a thousandfold', () => {
    expect(() => decodeText(gzipSync(Buffer.alloc(2 ** 26 + 1, 'a')), 'f')).toThrow(
      'f: must be gzip of text, got one that expands to over 200 times its size; unzip it first if that is right',
    );
  });

  test('gzip cut short', () => {
    expect(() => decodeText(gzipSync('abc').subarray(0, 15), 'f')).toThrow(
      'f: must be whole gzip, got unexpected end of file',
    );
  });
});

test('the byte named is where the text stops being UTF-8', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 40, min: 1 }).filter((bytes) => (bytes[0] ?? 0) < 0x80);
  fc.assert(
    fc.property(bytes, (bytes) => {
      fc.pre(!isUtf8(bytes));
      const at = Number(/at byte (\d+)/.exec(complaint(bytes))?.[1]);
      expect(isUtf8(bytes.subarray(0, at))).toBe(true);
      const longer = [1, 2, 3, 4].map((more) => bytes.subarray(0, at + more)).filter((text) => text.length > at);
      expect(longer.filter(isUtf8)).toEqual([]);
    }),
  );
});

function complaint(bytes: Uint8Array): string {
  try {
    return decodeText(bytes, 'f');
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
}

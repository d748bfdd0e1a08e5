import { expect, test } from 'vitest';
import { unescapeText } from './escapes.ts';

test('escapes become their characters, and the rest stays', () => {
  expect(unescapeText(String.raw`a\n\tb\\n \u00E9\u{1f40b}\r c`, '--stop')).toBe('a\n\tb\\n é🐋\r c');
});

test.each([String.raw`\x41`, 'a\\', String.raw`\u12`, String.raw`\u{110000}`])('%j is refused', (text) => {
  expect(() => unescapeText(text, '--prompt')).toThrow(/^--prompt must have only the escapes \\n, .*, got \\/);
});

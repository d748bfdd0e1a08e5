import { clearLine } from 'node:readline';
import { PassThrough } from 'node:stream';
import { styleText } from 'node:util';
import { afterEach, expect, test, vi } from 'vitest';
import { showingControls, styled, terminalOf } from './shown-controls.ts';

afterEach(() => vi.unstubAllEnvs());

const written = (isTTY: boolean, write: (stream: PassThrough) => void): string => {
  const stream = Object.assign(new PassThrough(), { isTTY });
  write(showingControls(stream) as PassThrough);
  return String(stream.read());
};
const TITLE = 'ab\u001b]0;PWNED\u0007\u001b[2Jcd\u009b31m\r\te\n';

test('a terminal is shown the control characters of a text', () => {
  expect(written(true, (stream) => void stream.write(TITLE))).toBe(
    String.raw`ab\x1b]0;PWNED\x07\x1b[2Jcd\x9b31m\x0d` + '\te\n',
  );
});

test.each([
  ['an override of the direction', 'a\u202eb\u2066c\u200f', String.raw`a\u202eb\u2066c\u200f`],
  ['of no width', 'a\u200bb\u2060c\ufeffd\u00ade', String.raw`a\u200bb\u2060c\ufeffd\xade`],
  ['a joiner that joins nothing', 'a\u200db', String.raw`a\u200db`],
  ['text hidden in tags', 'a\u{e0041}', String.raw`a\u{e0041}`],
  ['a line separator', 'a\u2028b', String.raw`a\u2028b`],
  [
    'what scripts and emoji need',
    '👩🏽\u200d🚀 ❤\ufe0f می\u200cخواهم क्\u200dष',
    '👩🏽\u200d🚀 ❤\ufe0f می\u200cخواهم क्\u200dष',
  ],
])('a terminal is shown what hides: %s', (_, text, shown) => {
  expect(written(true, (stream) => void stream.write(text))).toBe(shown);
  const pieces = (stream: PassThrough): void => Array.from(text).forEach((piece) => void stream.write(piece));
  expect(written(true, pieces)).toBe(shown);
});

test('a file gets them as they are', () => {
  expect(written(false, (stream) => void stream.write(TITLE))).toBe(TITLE);
});

test('only colours that the program gives reach a terminal, whatever is in the text', () => {
  vi.stubEnv('FORCE_COLOR', '1');
  const [on, off] = styleText('red', '|', { validateStream: false }).split('|');
  const text = `${on}x${off}\u001b[2K\u001b[8m`;
  const inHex = text.replaceAll('\u001b', String.raw`\x1b`);
  expect(written(true, (stream) => void stream.write(styled(['red'], text, stream)))).toBe(on + inHex + off);
  expect(written(false, (stream) => void stream.write(styled(['red'], text, stream)))).toBe(text);
  expect(written(true, (stream) => void stream.write(styled([], text, stream)))).toBe(inHex);
});

test('a program moves the cursor in the terminal itself', () => {
  expect(written(true, (stream) => void clearLine(terminalOf(stream), 0))).toBe('\u001b[2K');
  expect(written(true, (stream) => void clearLine(stream, 0))).toBe(String.raw`\x1b[2K`);
});

import { clearLine } from 'node:readline';
import { PassThrough } from 'node:stream';
import { styleText } from 'node:util';
import { expect, test } from 'vitest';
import { showingControls } from './shown-controls.ts';

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

test('a file gets them as they are', () => {
  expect(written(false, (stream) => void stream.write(TITLE))).toBe(TITLE);
});

test('colours and the live line stay', () => {
  const own = styleText('red', 'x', { validateStream: false });
  expect(written(true, (stream) => void stream.write(own))).toBe(own);
  expect(written(true, (stream) => void clearLine(stream, 0))).toBe('\u001b[2K');
});

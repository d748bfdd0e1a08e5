import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import type { OutputStream } from '../cli/context.ts';

const ESC = '\u001b';
const OURS = `${ESC}${randomUUID()}`; // no text can hold it
/* oxlint-disable-next-line no-control-regex -- control characters are its subject */
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g; // all but tab and line feed

const terminals = new WeakMap<OutputStream, OutputStream>();

/**
 * A stream that shows control characters instead of sending them to a terminal, where a text could set its title, clear it,
 * hide in it or type into it: ESC becomes `\x1b`. A stream that is no terminal is returned as it is.
 */
export function showingControls(stream: OutputStream): OutputStream {
  if (stream.isTTY !== true) return stream;
  const shown = new Proxy(stream, {
    get(target, key) {
      if (key === 'write')
        return (chunk: unknown, ...rest: never[]) =>
          target.write(typeof chunk === 'string' ? shownControls(chunk) : chunk, ...rest);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  terminals.set(shown, stream);
  return shown;
}

type Style = Exclude<Parameters<typeof styleText>[0], readonly unknown[]>;

/** A text in colours, on a terminal that has them, whose control characters are still shown. */
export function styled(style: readonly Style[], text: string, stream: OutputStream): string {
  if (stream.isTTY !== true || style.length === 0) return text;
  const [on = '', off = ''] = styleText([...style], '|', { stream }).split('|');
  const sent = (codes: string): string => (terminals.has(stream) ? codes.replaceAll(ESC, OURS) : codes);
  return sent(on) + text + sent(off);
}

/** The terminal itself, for a program's own lines that move its cursor and hold nothing of a text. */
export const terminalOf = (stream: OutputStream): OutputStream => terminals.get(stream) ?? stream;

const shownControls = (text: string): string =>
  text
    .split(OURS)
    .map((part) => part.replaceAll(CONTROLS, inHex))
    .join(ESC);

const inHex = (character: string): string => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;

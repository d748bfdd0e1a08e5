import type { OutputStream } from '../cli/context.ts';

/* oxlint-disable no-control-regex -- control characters are its subject */
// Colours, and what the live line of progress needs: to the first column, erase the line.
const OURS = /(\u001b\[(?:[\d;]*m|1G|2K))/;
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g; // all but tab and line feed

/**
 * A stream that shows control characters instead of sending them to a terminal, where a text could set its title, clear it
 * or type into it: ESC becomes `\x1b`. A stream that is no terminal is returned as it is.
 */
export function showingControls(stream: OutputStream): OutputStream {
  if (stream.isTTY !== true) return stream;
  return new Proxy(stream, {
    get(target, key) {
      if (key === 'write')
        return (chunk: unknown, ...rest: never[]) =>
          target.write(typeof chunk === 'string' ? shownControls(chunk) : chunk, ...rest);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Control characters written out, but for colours and cursor movements that programs here make themselves. */
export const shownControls = (text: string): string =>
  text
    .split(OURS)
    .map((part, k) => (k % 2 === 1 ? part : part.replaceAll(CONTROLS, inHex)))
    .join('');

const inHex = (character: string): string => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;

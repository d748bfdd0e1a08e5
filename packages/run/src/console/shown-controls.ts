import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import type { OutputStream } from '../cli/context.ts';

const ESC = '\u001b';
const OURS = `${ESC}${randomUUID()}`; // no text can hold it
/**
 * Control characters but tab and line feed; characters that reorder text, and those that nobody sees (Unicode's
 * Default_Ignorable_Code_Point), but variation selectors; line and paragraph separators.
 */
const HIDDEN =
  /(?![\t\n])\p{Cc}|\p{Bidi_Control}|[\p{Zl}\p{Zp}\ufff9-\ufffb]|(?!\p{Variation_Selector})\p{Default_Ignorable_Code_Point}/gu;
const JOINERS = /[\u200c\u200d]/;
/** What a joiner may follow: a mark (of Indic scripts, and of an emoji), an emoji, a cursive script. */
const JOINABLE =
  /[\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}]$/u;

const terminals = new WeakMap<OutputStream, OutputStream>();

/**
 * A stream that shows control characters instead of sending them to a terminal, where a text could set its title, clear it,
 * hide in it or type into it: ESC becomes `\x1b`. So it does those that turn the direction of text round, and those of no width:
 * U+202E becomes `\u202e`. A stream that is no terminal is returned as it is.
 */
export function showingControls(stream: OutputStream): OutputStream {
  if (stream.isTTY !== true) return stream;
  let before = ''; // the end of what was written, to which a joiner may belong
  const write = (text: string): string => {
    const shown = shownControls(text, before);
    before = text.slice(-2) || before;
    return shown;
  };
  const shown = new Proxy(stream, {
    get(target, key) {
      if (key === 'write')
        return (chunk: unknown, ...rest: never[]) =>
          target.write(typeof chunk === 'string' ? write(chunk) : chunk, ...rest);
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

/** A text in one line, for a cell of a table: line breaks and tabs are shown, too. */
export const shownText = (text: string): string =>
  shownControls(text).replaceAll('\n', String.raw`\n`).replaceAll('\t', String.raw`\t`);

/** @param before what stands before the text */
const shownControls = (text: string, before = ''): string =>
  text
    .split(OURS)
    .map((part) =>
      part.replaceAll(HIDDEN, (character, at: number) => {
        const previous = at === 0 ? before : part.slice(Math.max(0, at - 2), at);
        return JOINERS.test(character) && JOINABLE.test(previous) ? character : escaped(character);
      }),
    )
    .join(ESC);

/** `\x1b`, `\u202e`, `\u{e0041}` */
function escaped(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}

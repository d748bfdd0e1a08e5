import { ConfigError } from '@unroll/rnn-core';

const NAMED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };

/**
 * Returns a text with its escapes replaced: `\n`, `\r`, `\t`, `\\`, `\u00e9` and `\u{1f40b}`.
 *
 * @param flag where it was written, for the error
 * @throws ConfigError at a backslash that begins none of these
 */
export function unescapeText(text: string, flag: string): string {
  return text.replaceAll(/\\(?:u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\}|(.?))/gisu, (escape, four, braced, name) => {
    const code = Number.parseInt(String(four ?? braced), 16);
    const character = code <= 0x10_ffff ? String.fromCodePoint(code) : NAMED[String(name)];
    if (character !== undefined) return character;
    throw new ConfigError(
      `${flag} must have only the escapes \\n, \\r, \\t, \\\\, \\uXXXX and \\u{XXXXX} with --escapes, got ${escape}`,
    );
  });
}

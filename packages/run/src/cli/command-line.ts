import { parseArgs } from 'node:util';
import { ConfigError } from '@unroll/rnn-core';
import { didYouMean } from '../console/nearest.ts';
import { conflict } from './conflict.ts';
import type { Flag } from './flag.ts';
import { missing, valueOf } from './flag.ts';
import { type Renamed, renamedFlag } from './renamed.ts';
import { shellQuoted } from './shell-quoted.ts';

/** Thrown for a flag that a command does not have. */
export class UnknownFlagError extends ConfigError {
  /** As it was written. */
  readonly flag: string;
  /** `; did you mean --title?`, where the command has one that is near. */
  readonly nearest: string;

  constructor(flag: string, known: readonly string[]) {
    const nearest = didYouMean(flag, known);
    super(`${flag} is not a flag of this command${nearest}; see --help`);
    this.flag = flag;
    this.nearest = nearest;
  }
}

/**
 * Reads a command's part of the command line: `--flag value`, `--flag=value`, `--switch`, `--no-switch`, positional
 * arguments in the order the schema names them.
 *
 * @param renamed earlier names of flags
 * @returns the keys that were given, unchecked but for their names
 * @throws UnknownFlagError
 * @throws ConfigError when a flag lacks its value or has two, or an argument is missing or too many
 */
export function readCommandLine(
  argv: readonly string[],
  flags: readonly Flag[],
  renamed: Renamed = {},
): Record<string, unknown> {
  const named = new Map(flags.filter((flag) => !flag.isArgument).map((flag) => [flag.name.slice(2), flag]));
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      [...named].map(([name, flag]) => [name, { type: flag.isBoolean ? 'boolean' : 'string' }]),
    ),
  });

  const values: Record<string, unknown> = {};
  const texts = new Map<Flag, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { rawName, value, inlineValue } = token;
    const flag = named.get(token.name);
    const negated = named.get(token.name.replace(/^no-/, ''));
    if (flag?.isBoolean || (!flag && negated?.isBoolean)) {
      if (value !== undefined) throw new ConfigError(`${rawName} must stand alone, got a value: ${value}`);
      const { key = '', name = '' } = flag ?? negated ?? {};
      const isOn = flag !== undefined;
      if (values[key] === !isOn) throw conflict([name, name.replace('--', '--no-')]);
      values[key] = isOn;
    } else if (flag) {
      if (value === undefined || (!inlineValue && value.startsWith('--')))
        throw new ConfigError(`${rawName} must be followed by a value: ${valueForm(flag)}`);
      texts.set(flag, [...(texts.get(flag) ?? []), value]);
    } else {
      const names = [...named.values()].map(({ name }) => name);
      const today = renamedFlag(rawName, renamed);
      if (today) throw new ConfigError(`${rawName} is now ${today}`);
      throw new UnknownFlagError(rawName, names);
    }
  }
  for (const [flag, given] of texts) {
    if (given.length > 1 && !flag.isList)
      throw new ConfigError(
        `${flag.name} must be given once, got ${given.map(shellQuoted).join(' and ')}; leave out all but one`,
      );
    values[flag.key] = valueOf(flag, given);
  }
  return {
    ...values,
    ...readArguments(positionals, flags),
  };
}

/** What a value must be; of a text, what stands for it in `--help`. */
const valueForm = ({ name, expectation, placeholder = 'TEXT' }: Flag): string =>
  expectation.startsWith('text') ? `${name} ${placeholder}` : expectation;

/** Hands the positional arguments out in order; a list takes all that are left. */
function readArguments(positionals: readonly string[], flags: readonly Flag[]): Record<string, unknown> {
  const rest = [...positionals];
  const values: Record<string, unknown> = {};
  const taking = flags.filter(({ isArgument }) => isArgument);
  for (const flag of taking) {
    if (flag.isList) {
      const taken = rest.splice(0);
      if (taken.length > 0) values[flag.key] = taken;
    } else {
      const value = rest.shift();
      if (value !== undefined) values[flag.key] = value;
    }
    if (flag.isRequired && values[flag.key] === undefined) throw new ConfigError(missing(flag));
  }
  const [extra] = rest;
  if (extra !== undefined) {
    const meant = flags.find(({ isArgument, choices }) => !isArgument && choices.includes(extra));
    const taken = taking.map(({ name }) => name).join(' ') || 'flags only';
    throw new ConfigError(
      `unexpected argument ${extra}; this command takes ${taken}${meant ? `; did you mean ${meant.name} ${extra}?` : ''}`,
    );
  }
  return values;
}

import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { type Flag, typed } from './flag.ts';

const NAME_COLUMN = 26;
const MAX_WIDTH = 100; // longer lines are hard to read
const MIN_TEXT = 24;

/** What the help of a command is made of. */
export interface CommandHelp {
  /** `npx unroll char-lm train`. */
  readonly invocation: string;
  readonly summary: string;
  readonly flags: readonly Flag[];
  /** With what each sets. */
  readonly presets: readonly Preset[];
  /** Keys of the flags that `--minutes` chooses where nobody sets them. */
  readonly chosenByMinutes: readonly string[];
}

interface Preset {
  readonly name: string;
  readonly about: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** `--help` of one command. @param width of the terminal, in columns */
export function commandHelp(
  { invocation, summary, flags, presets, chosenByMinutes }: CommandHelp,
  width: number,
): string {
  const positional = flags.filter((flag) => flag.isArgument);
  const named = flags.filter((flag) => !flag.isArgument);
  const preset = presets.find(({ name }) => name === flags.find(({ key }) => key === 'preset')?.default);
  const sections = [...new Set(named.map(({ section = 'Flags' }) => section))];
  const required = named.filter(({ isRequired }) => isRequired);
  const usage = [
    invocation,
    ...positional.map(argumentForm),
    ...required.map(usageForm),
    ...(named.length > required.length ? ['[flags]'] : []),
  ].join(' ');
  return [
    usage,
    wrap(summary, width),
    ...block(
      'Arguments',
      positional.map((flag) => [flag.name, flag.description]),
      width,
    ),
    ...sections.flatMap((section) =>
      block(
        section,
        named
          .filter((flag) => (flag.section ?? 'Flags') === section)
          .map((flag) => [
            flagForm(flag),
            about(flag, [
              defaultOf(flag, preset, presets),
              chosenByMinutes.includes(flag.key) ? 'or what --minutes chooses' : '',
            ]),
          ]),
        width,
      ),
    ),
    ...block(
      'Presets',
      presets.map(({ name, about }) => [name, about]),
      width,
    ),
  ].join('\n\n');
}

/** `--help` of a program. */
export function programHelp(
  {
    invocation,
    summary,
    commands,
    defaultCommand,
    hasApplications,
  }: {
    invocation: string;
    summary: string;
    defaultCommand?: string | undefined;
    hasApplications: boolean;
    commands: readonly { name: string; summary: string }[];
  },
  width: number,
): string {
  const command = `${invocation} ${hasApplications ? 'APPLICATION ' : ''}COMMAND`;
  const more = [
    hasApplications ? `${invocation} APPLICATION --help lists the commands of an application.` : '',
    `${command} --help lists the flags of a command.`,
    defaultCommand ? `Without a command it runs ${defaultCommand}.` : '',
    `${invocation} --version prints the version.`,
  ];
  return [
    `${command} [flags]`,
    wrap(summary, width),
    ...block(
      hasApplications ? 'Applications' : 'Commands',
      commands.map(({ name, summary }) => [name, summary]),
      width,
    ),
    more
      .filter(Boolean)
      .map((line) => wrap(line, width))
      .join('\n'),
  ].join('\n\n');
}

function block(title: string, rows: readonly (readonly [string, string])[], width: number): string[] {
  return rows.length === 0 ? [] : [`${title}\n${rows.map(([name, text]) => row(name, text, width)).join('\n')}`];
}

/** A name and its wrapped text beside it, or below it when the name is long or the terminal narrow. */
function row(name: string, text: string, width: number): string {
  const left = `  ${name}`;
  const room = Math.min(width, MAX_WIDTH) - NAME_COLUMN;
  if (room < MIN_TEXT) return `${left}\n${indent(wrapAnsi(text, Math.max(width - 6, MIN_TEXT)), 6)}`;
  const lines = wrapAnsi(text, room).split('\n');
  const beside = stringWidth(left) < NAME_COLUMN - 1;
  const [first = '', ...more] = beside ? lines : ['', ...lines];
  return [`${left.padEnd(NAME_COLUMN)}${first}`.trimEnd(), ...more.map((line) => indent(line, NAME_COLUMN))].join(
    '\n',
  );
}

const wrap = (text: string, width: number): string => wrapAnsi(text, Math.min(width, MAX_WIDTH));
const indent = (text: string, by: number): string => text.replace(/^/gm, ' '.repeat(by));

function argumentForm({ name, isList, isRequired }: Flag): string {
  const form = isList && !name.endsWith('…') ? `${name}…` : name;
  return isRequired ? form : `[${form}]`;
}

/** As {@link flagForm}; of many choices the name of what is chosen. */
const usageForm = (flag: Flag): string =>
  flag.choices.length > SHOWN_CHOICES ? `${flag.name} ${flag.name.slice(2).toUpperCase()}` : flagForm(flag);

const SHOWN_CHOICES = 3;

function flagForm(flag: Flag): string {
  if (flag.isBoolean) return flag.default === 'true' ? flag.name.replace('--', '--no-') : flag.name;
  if (flag.placeholder === undefined && flag.choices.length > 0)
    return `${flag.name} ${flag.choices.join('|')}${flag.isList ? ',…' : ''}`;
  return `${flag.name} ${flag.placeholder ?? (/number/.test(flag.expectation) ? 'N' : 'TEXT')}`;
}

/** What is said of a flag's default; the preset that is used when none is named decides before the schema. */
function defaultOf(flag: Flag, preset: Preset | undefined, presets: readonly Preset[]): string {
  const value = preset?.values[flag.key];
  if (preset && value !== undefined) {
    const shown = flag.isBoolean ? (value ? 'on' : 'off') : typed(value);
    return `default ${shown}, from preset ${preset.name}`;
  }
  if (flag.default === undefined || flag.default === '' || flag.isBoolean) return '';
  const isInPreset = presets.some(({ values }) => values[flag.key] !== undefined);
  return `default ${flag.default}${isInPreset ? ', or the preset’s' : ''}`;
}

function about(flag: Flag, byDefault: readonly string[]): string {
  const range = /number (?:of )?(.*)/.exec(flag.expectation)?.[1];
  const notes = [
    flag.isRequired ? 'required' : '',
    [range, range === 'at least 1' ? flag.unit?.replace(/s$/, '') : flag.unit].filter(Boolean).join(' '),
    byDefault
      .filter(Boolean)
      .join(', ')
      .replace(/^or what.*/, '--minutes may choose it'),
  ].filter(Boolean);
  const description = flag.values ? `${flag.description}: ${flag.values()}` : flag.description;
  return notes.length > 0 ? `${description} (${notes.join('; ')})` : description;
}

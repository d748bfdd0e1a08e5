import { CheckpointError, type JsonObject } from '@unroll/rnn-core';
import { workerStrings } from '../strings.ts';

/** One setting in the address: how it is read, and what it is without one. */
export type Setting =
  | { readonly kind: 'choice'; readonly values: readonly string[]; readonly initial: string }
  | {
      readonly kind: 'number';
      readonly min: number;
      readonly max: number;
      readonly initial: number;
      readonly whole: boolean;
    };

export type Settings = Readonly<Record<string, Setting>>;

type ValueOf<S> = S extends { readonly kind: 'choice'; readonly values: readonly (infer V)[] } ? V : number;
export type ValuesOf<S extends Settings> = { readonly [Name in keyof S]: ValueOf<S[Name]> };

export const choice = <const V extends string>(values: readonly V[], initial: V) =>
  ({ kind: 'choice', values, initial }) as const;
export const whole = (min: number, max: number, initial: number) =>
  ({ kind: 'number', min, max, initial, whole: true }) as const;
export const real = (min: number, max: number, initial: number) =>
  ({ kind: 'number', min, max, initial, whole: false }) as const;

/** The values that an address gives; what is missing or out of range is as it is without one. */
export function readSettings<S extends Settings>(settings: S, params: URLSearchParams): ValuesOf<S> {
  const values = Object.entries(settings).map(([name, setting]) => [name, parsed(setting, params.get(name))]);
  return Object.fromEntries(values) as ValuesOf<S>;
}

/** What `config.json` says of a model whose settings are these. @throws CheckpointError when one is missing or out of range */
export function checkedSettings<S extends Settings>(settings: S, config: JsonObject, file: string): ValuesOf<S> {
  for (const [name, setting] of Object.entries(settings)) {
    const value = config[name];
    const isOfKind = typeof value === (setting.kind === 'choice' ? 'string' : 'number');
    if (!isOfKind || parsed(setting, `${value as string | number}`) !== value)
      throw new CheckpointError(workerStrings.outOfRange(file, name, printRange(setting), JSON.stringify(value)));
  }
  return config as ValuesOf<S>;
}

const printRange = (setting: Setting): string =>
  setting.kind === 'choice'
    ? workerStrings.oneOf(setting.values.join(', '))
    : workerStrings.fromTo(setting.min, setting.max);

/** What the address must say for a value; undefined where it need not say anything. */
export function printSetting(setting: Setting, value: string | number): string | undefined {
  return value === setting.initial ? undefined : String(value);
}

function parsed(setting: Setting, text: string | null): string | number {
  if (text === null) return setting.initial;
  if (setting.kind === 'choice') return setting.values.includes(text) ? text : setting.initial;
  const value = Number(text);
  const fits = text.trim() !== '' && value >= setting.min && value <= setting.max;
  return fits && (!setting.whole || Number.isInteger(value)) ? value : setting.initial;
}

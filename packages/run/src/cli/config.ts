import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '@unroll/rnn-core';
import { z } from 'zod';
import { byName } from '../console/by-name.ts';
import { didYouMean } from '../console/nearest.ts';
import { readText } from '../files/file.ts';
import { type Json, type JsonObject, sameJson } from '../files/json.ts';
import { ModelFolder } from '../training/model-folder.ts';
import { notResumed } from '../training/not-resumed.ts';
import { readRunRecord } from '../training/run-record.ts';
import { conflict } from './conflict.ts';
import { type Flag, flagName, flagsOf, missing, typed } from './flag.ts';
import { type Renamed, renamedKey } from './renamed.ts';
import { checkRequirements, type Requirement } from './requirement.ts';

/** Where the configuration of a command may come from, besides the command line. */
export interface ConfigSources<S extends z.ZodObject> {
  readonly app: string;
  readonly schema: S;
  /** The folder of preset files, when the schema has a key `preset`. */
  readonly presets?: URL;
  /** Groups of keys of which one at most may be given; the one given last in precedence displaces the others. */
  readonly exclusive?: readonly (readonly string[])[];
  /** Earlier names of keys; on the command line, in a preset or a `run.json` they are an error that names today's. */
  readonly renamed?: Renamed;
  /** Flags that have an effect only beside certain settings; without it, giving them is an error. */
  readonly requires?: readonly Requirement<z.output<S>>[];
  /**
   * Refuses settings that contradict each other; it is called before any data is read.
   *
   * @param unset see {@link ResolvedConfig}
   * @throws ConfigError
   */
  readonly check?: (config: z.output<S>, unset: ReadonlySet<string>) => void;
  /** Keys that `--minutes` chooses where nobody sets them; `--help` says so. */
  readonly chosenByMinutes?: readonly string[];
  /** What `--init-from` takes over. */
  readonly inherits?: Inheritance;
}

/** The settings that a training has from the model whose weights it starts from. */
export interface Inheritance {
  /** Reads them from the other's `config.json` and `tokenizer.json`; what is not a key of the schema is left out. */
  readonly settings: (model: { readonly config: JsonObject; readonly tokenizer: JsonObject }) => JsonObject;
  /** Those that the command line may set to something else; without it, none. */
  readonly replaceable?: readonly string[];
}

/** Some of the keys, and where they were written. */
interface Layer {
  /** Puts a key in the words of the place it was written: `--lr`, or `presets/small.json: lr`. */
  readonly nameOf: (key: string) => string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** The configuration of one call, and what nobody said of it. */
export interface ResolvedConfig<Config> {
  readonly config: Config;
  /**
   * The keys that have their defaults, or the values of the default preset, because nobody gave them; empty with `--preset`,
   * `--resume` or `--init-from`, which decide everything that the command line does not.
   */
  readonly unset: ReadonlySet<string>;
}

/**
 * The configuration of one call: defaults, then the preset, then the resumed run's, then the command line.
 *
 * @param given the command line's keys
 * @throws ConfigError naming the flag or the file and key, what it must be and what it is
 */
export function resolveConfig<S extends z.ZodObject>(
  sources: ConfigSources<S>,
  given: Readonly<Record<string, unknown>>,
): ResolvedConfig<z.output<S>> {
  const { schema, exclusive = [], renamed = {}, requires = [] } = sources;
  const flags = flagsOf(schema);
  const nameOf = (key: string): string => flags.find((flag) => flag.key === key)?.name ?? flagName(key);
  const layers = [...lowerLayers(sources, flags, given), { nameOf, values: given }];

  let merged: Record<string, unknown> = {};
  for (const layer of layers) {
    checkKeys(layer, flags, renamed);
    for (const group of exclusive) {
      const here = group.filter((key) => layer.values[key] !== undefined);
      if (here.length > 1) throw conflict(here.map(layer.nameOf));
      if (here.length === 1)
        merged = Object.fromEntries(Object.entries(merged).filter(([key]) => !group.includes(key)));
    }
    merged = { ...merged, ...layer.values };
  }

  const parsed = schema.safeParse(merged);
  if (!parsed.success) throw new ConfigError(explain(parsed.error, flags, layers));
  const isDecided = ['preset', 'initFrom', resumeKey(flags)].some((key) => given[key] !== undefined);
  const unset = new Set(isDecided ? [] : flags.map(({ key }) => key).filter((key) => given[key] === undefined));
  const isTimed = parsed.data['minutes'] !== undefined;
  const chosen = new Set(isTimed ? sources.chosenByMinutes?.filter((key) => unset.has(key)) : []);
  checkRequirements(requires, flags, given, parsed.data, chosen);
  try {
    sources.check?.(parsed.data, unset);
  } catch (error) {
    const resume = given[resumeKey(flags)];
    throw typeof resume === 'string' ? notResumed(error, resume) : error;
  }
  return { config: parsed.data, unset };
}

/** The presets in a folder by their names, what each says about itself, and what it sets. */
export function listPresets(folder: URL): { name: string; about: string; values: JsonObject }[] {
  const path = fileURLToPath(folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((file) => file.endsWith('.json'))
    .map((file) => basename(file, '.json'))
    .sort(byName)
    .map((name) => ({ name, ...readPreset(join(path, `${name}.json`)) }));
}

/** The key of the flag that continues a run. */
const resumeKey = (flags: readonly Flag[]): string => flags.find(({ isResume }) => isResume)?.key ?? '';

function lowerLayers<S extends z.ZodObject>(
  sources: ConfigSources<S>,
  flags: readonly Flag[],
  given: Readonly<Record<string, unknown>>,
): Layer[] {
  const { app } = sources;
  const { initFrom } = given;
  const resume = given[resumeKey(flags)];
  if (typeof resume === 'string') {
    if (initFrom !== undefined)
      throw conflict(['--init-from', '--resume'], '--init-from: a resumed run keeps its weights');
    if (given['preset'] !== undefined)
      throw conflict(['--preset', '--resume'], '--preset: a resumed run keeps its settings');
    const once = new Set(flags.filter((flag) => flag.isOnce).map(({ key }) => key));
    const kept = Object.entries(readRunRecord(resume, app).config).filter(([key]) => !once.has(key));
    return [{ nameOf: (key) => `${join(resume, 'run.json')}: ${key}`, values: Object.fromEntries(kept) }];
  }
  const inherited = typeof initFrom === 'string' ? [inheritedLayer(sources, flags, initFrom, given)] : [];
  return [...presetLayer(sources, flags, given), ...inherited];
}

/** @throws ConfigError when the command line contradicts what is taken over */
function inheritedLayer<S extends z.ZodObject>(
  { app, inherits }: ConfigSources<S>,
  flags: readonly Flag[],
  dir: string,
  given: Readonly<Record<string, unknown>>,
): Layer {
  const known = new Set(flags.map(({ key }) => key));
  const settings = inherits?.settings(ModelFolder.open(dir, app).files()) ?? {};
  const values = Object.fromEntries(Object.entries(settings).filter(([key]) => known.has(key)));
  for (const [key, value] of Object.entries(values))
    if (given[key] !== undefined && !inherits?.replaceable?.includes(key) && !sameJson(given[key] as Json, value))
      throw new ConfigError(
        `${flagName(key)} must be ${typed(value)}, as in ${dir}, to start from its weights, got ${shown(given[key])}`,
      );
  return { nameOf: (key) => `${join(dir, 'config.json')}: ${key}`, values };
}

function presetLayer<S extends z.ZodObject>(
  { presets }: ConfigSources<S>,
  flags: readonly Flag[],
  given: Readonly<Record<string, unknown>>,
): Layer[] {
  const preset = given['preset'] ?? flags.find(({ key }) => key === 'preset')?.default;
  if (presets === undefined || typeof preset !== 'string') return [];
  const names = listPresets(presets).map(({ name }) => name);
  if (!names.includes(preset))
    throw new ConfigError(`--preset must be one of ${names.join(', ')}, got ${preset}${didYouMean(preset, names)}`);
  const file = join(fileURLToPath(presets), `${preset}.json`);
  return [{ nameOf: (key) => `presets/${preset}.json: ${key}`, values: readPreset(file).values }];
}

/** A preset file: the schema's keys, and `about`, a sentence for `--help`. */
function readPreset(path: string): { about: string; values: JsonObject } {
  try {
    const { about, ...values } = z.looseObject({ about: z.string() }).parse(JSON.parse(readText(path)));
    return { about, values: z.record(z.string(), z.json()).parse(values) };
  } catch {
    throw new ConfigError(`${path}: must be a JSON object with a sentence "about" itself`);
  }
}

function checkKeys({ nameOf, values }: Layer, flags: readonly Flag[], renamed: Renamed): void {
  const known = flags.map(({ key }) => key);
  for (const key of Object.keys(values).filter((key) => !known.includes(key))) {
    const today = renamedKey(key, renamed);
    throw new ConfigError(
      today ? `${nameOf(key)} is now called ${today}` : `${nameOf(key)} is not a setting${didYouMean(key, known)}`,
    );
  }
}

/** The first thing that is wrong, in the words of the place it was written. */
function explain(error: z.ZodError, flags: readonly Flag[], layers: readonly Layer[]): string {
  const [issue] = error.issues;
  const key = String(issue?.path[0] ?? '');
  const flag = flags.find((flag) => flag.key === key);
  const layer = layers.findLast(({ values }) => values[key] !== undefined);
  if (!issue || !flag) return issue?.message ?? ''; // what is wrong with several keys together says it itself
  if (!layer) return missing(flag);
  const what = issue.code === 'custom' ? issue.message : flag.expectation;
  const value = layer.values[key];
  const remedy = typeof value === 'string' ? (flag.unavailable[value] ?? decimalPoint(flag, value)) : undefined;
  const words: readonly unknown[] = Array.isArray(value) ? value : [value];
  const unknown = words.find((word): word is string => typeof word === 'string' && !flag.choices.includes(word));
  const nearest = remedy || unknown === undefined ? '' : didYouMean(unknown, flag.choices);
  return `${layer.nameOf(key)} must be ${what}, got ${shown(value)}${remedy ? `; ${remedy}` : nearest}`;
}

/** The remedy for a number with a decimal comma. */
const decimalPoint = ({ expectation }: Flag, value: string): string | undefined =>
  expectation.startsWith('a number') && /^[+-]?\d+,\d+$/.test(value)
    ? `write ${value.replace(',', '.')}, with a decimal point`
    : undefined;

/** A value as it was typed; text in quotes, so that it can be told from a number. */
const shown = (value: unknown): string =>
  Array.isArray(value) ? value.join(',') : typeof value === 'number' ? String(value) : JSON.stringify(value);

import { z } from 'zod';

/**
 * What a schema's key may say about itself with `.meta({ … })`, besides its `description`. It goes last in the chain,
 * after `.default()` and `.optional()`.
 */
export interface FlagMeta {
  /** What the number counts, for `--help`: `characters`. */
  readonly unit?: string;
  /** Under which heading of `--help` the flag stands. */
  readonly section?: string;
  /** What stands for the value in `--help`: `PATH`. */
  readonly placeholder?: string;
  /** A positional argument of that name rather than a flag: `DIR`. Arguments are taken in the order of their keys. */
  readonly argument?: string;
  /** Values that other tools have and this one does not, each with the remedy: the end of the line that refuses it. */
  readonly unavailable?: Readonly<Record<string, string>>;
  /** The folder of a run to continue: the settings of that run are the defaults of this call. */
  readonly resumes?: boolean;
  /** Names the values it may be, where finding them takes time; only `--help` asks. */
  readonly values?: () => string;
  /** Says how this call behaves, not what is trained, so it is not taken over from the run that is resumed. */
  readonly once?: boolean;
}

declare module 'zod' {
  interface GlobalMeta extends FlagMeta {}
}

/** One key of a configuration schema, seen from the command line. */
export interface Flag {
  readonly key: string;
  /** `--hidden-size`, or for a positional argument its name. */
  readonly name: string;
  readonly description: string;
  readonly unit: string | undefined;
  readonly section: string | undefined;
  readonly placeholder: string | undefined;
  /** Names the values it may be, for `--help`. */
  readonly values: (() => string) | undefined;
  readonly isArgument: boolean;
  readonly isOnce: boolean;
  readonly isResume: boolean;
  readonly isBoolean: boolean;
  readonly isList: boolean;
  readonly isRequired: boolean;
  /** As it would be typed. */
  readonly default: string | undefined;
  /** What the value must be, as an error says it: `a whole number from 1 to 64`. */
  readonly expectation: string;
  /** Values that other tools have and this one does not, with the remedy. */
  readonly unavailable: Readonly<Record<string, string>>;
  /** The words it may be, when it is one of a few, or a list of them. */
  readonly choices: readonly string[];
}

type Node = z.core.JSONSchema.BaseSchema;

/** `hiddenSize` → `--hidden-size`. */
export const flagName = (key: string): string =>
  `--${key.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;

/** The flags of a schema, in the order of its keys. */
export function flagsOf(schema: z.ZodObject): Flag[] {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.entries(root.properties ?? {}).map(([key, value]) => {
    const node: Node & FlagMeta = typeof value === 'boolean' ? {} : value;
    const types = alternatives(node);
    return {
      key,
      name: node.argument ?? flagName(key),
      description: node.description ?? '',
      unit: node.unit,
      section: node.section,
      placeholder: node.placeholder,
      values: schema.shape[key]?.meta()?.values, // a JSON schema holds no function
      isArgument: node.argument !== undefined,
      isOnce: node.once ?? false,
      isResume: node.resumes ?? false,
      isBoolean: types.every(({ type }) => type === 'boolean'),
      isList: types.some(({ type }) => type === 'array'),
      isRequired: (root.required ?? []).includes(key),
      default: typed(node.default),
      expectation: types.map(expectation).join(' or '),
      unavailable: node.unavailable ?? {},
      choices: types.flatMap(({ enum: words = [], items }) =>
        [...words, ...((isItem(items) && items.enum) || [])].map(String),
      ),
    };
  });
}

/** What is said of a required flag or argument that is not given. */
export const missing = ({ name, description, expectation, choices }: Flag): string =>
  choices.length > 0
    ? `${name} must be given, ${expectation}`
    : `${name} must be given: ${description || expectation}`;

/** The texts of the command line as the value the schema expects; what does not fit stays text, for the schema to refuse. */
export function valueOf(flag: Flag, texts: readonly string[]): unknown {
  if (flag.isList) return texts.flatMap((text) => text.split(',').map(scalarOf));
  return scalarOf(texts[0] ?? '');

  function scalarOf(text: string): unknown {
    const isNumber = /number/.test(flag.expectation) && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
    return isNumber && Number.isFinite(Number(text)) ? Number(text) : text;
  }
}

/** A value as it would be typed. */
export function typed(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const alternatives = (node: Node): Node[] => (node.anyOf ?? [node]).filter(isNode).flatMap(unlessNull);
const isNode = (node: Node | boolean): node is Node => typeof node !== 'boolean';
const unlessNull = (node: Node): Node[] => (node.type === 'null' ? [] : [node]);

function expectation(node: Node): string {
  if (node.const !== undefined) return String(node.const);
  if (node.enum) return `one of ${node.enum.join(', ')}`;
  switch (node.type) {
    case 'integer':
      return `a whole number${range(node)}`;
    case 'number':
      return `a number${range(node)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return isItem(node.items) ? listOf(node.items) : 'a comma-separated list';
    default:
      return node.minLength === undefined || node.minLength === 0 ? 'text' : 'text that is not empty';
  }
}

const listOf = (item: Node): string =>
  item.enum
    ? `a comma-separated list of ${item.enum.join(', ')}`
    : `a comma-separated list, each ${expectation(item)}`;

const isItem = (items: Node['items']): items is Node => typeof items === 'object' && !Array.isArray(items);

/** ` from 1 to 64`, ` of at least 1`, ` from 0 to below 1`, ` above 0`. */
function range(node: Node): string {
  const atLeast = bounded(node.minimum);
  const above = bounded(node.exclusiveMinimum);
  const atMost = bounded(node.maximum);
  const below = bounded(node.exclusiveMaximum);
  const low = above === undefined ? atLeast : `above ${above}`;
  const high = below === undefined ? atMost : `below ${below}`;
  if (low === undefined) return high === undefined ? '' : below === undefined ? ` of at most ${high}` : ` ${high}`;
  if (high === undefined) return above === undefined ? ` of at least ${low}` : ` ${low}`;
  return above === undefined
    ? ` from ${low} to ${high}`
    : ` ${low} and ${below === undefined ? `at most ${high}` : high}`;
}

/** zod bounds every integer by what a double holds exactly, which is no bound to a person. */
const bounded = (bound: number | boolean | undefined): number | undefined =>
  typeof bound !== 'number' || Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? undefined : bound;

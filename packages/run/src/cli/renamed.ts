import { flagName } from './flag.ts';

/** Earlier names of keys, and the key or keys that took their place. */
export type Renamed = Readonly<Record<string, string | readonly string[]>>;

/** What an earlier key is called today: `lrStepSize or lrPatience`. */
export function renamedKey(key: string, renamed: Renamed): string | undefined {
  return Object.hasOwn(renamed, key) ? keysOf(renamed[key]).join(' or ') : undefined;
}

/** What an earlier flag is called today; of `--no-x` the flag that turns its successor off. */
export function renamedFlag(name: string, renamed: Renamed): string | undefined {
  for (const [key, today] of Object.entries(renamed)) {
    if (name === flagName(key)) return keysOf(today).map(flagName).join(' or ');
    if (name === negated(flagName(key))) return keysOf(today).map(flagName).map(negated).join(' or ');
  }
  return undefined;
}

const keysOf = (today: string | readonly string[] = []): readonly string[] => [today].flat();
const negated = (flag: string): string => flag.replace('--', '--no-');

import { ConfigError } from '@unroll/rnn-core';
import { type Flag, typed } from './flag.ts';

/** Flags that have an effect only beside certain settings. */
export interface Requirement<Config> {
  /** The keys of the flags. */
  readonly flags: readonly (keyof Config & string)[];
  /**
   * Whether they have an effect with these settings.
   *
   * @param chosen the keys whose values `--minutes` will choose, whatever they are now
   */
  when(this: void, config: Config, chosen: ReadonlySet<string>): boolean;
  /** What must be set for them to have one, with the flags in full: `--optimizer sgd or rmsprop`. */
  readonly needs: string;
}

/** A requirement of flags that schemas of several commands have. */
export type SharedRequirement = Requirement<Record<string, unknown>>;

/**
 * Refuses a flag of the command line that has no effect with the settings in force.
 *
 * @param given the keys the command line gave
 * @param config every setting
 * @param chosen the keys of those that `--minutes` will choose
 * @throws ConfigError such as `--momentum has no effect with --optimizer adam; it needs --optimizer sgd or rmsprop`
 */
export function checkRequirements<Config extends Readonly<Record<string, unknown>>>(
  requirements: readonly Requirement<Config>[],
  flags: readonly Flag[],
  given: Readonly<Record<string, unknown>>,
  config: Config,
  chosen: ReadonlySet<string>,
): void {
  for (const { needs, ...requirement } of requirements) {
    const flag = flags.find(({ key }) => given[key] !== undefined && requirement.flags.includes(key));
    if (!flag || requirement.when(config, chosen)) continue;
    const inForce = flags
      .filter(({ name }) => needs.split(/[^\w-]+/).includes(name))
      .map((needed) => settingOf(needed, config[needed.key]));
    const remedy = inForce.join() === `without ${needs}` ? '' : `; ${remedyOf(needs)}`;
    throw new ConfigError(
      `${settingName(flag, given[flag.key])} has no effect ${inForce.join(' and ') || 'here'}${remedy}`,
    );
  }
}

/** `it needs --lexicon`; of `no --sample`, `leave out --sample`. */
const remedyOf = (needs: string): string =>
  needs.startsWith('no --') ? `leave out ${needs.slice('no '.length)}` : `it needs ${needs}`;

/** `with --optimizer adam`, `with --no-lexicon`, `without --vectors`. */
function settingOf(flag: Flag, value: unknown): string {
  const isOff = value === undefined || value === '' || (value === false && flag.default !== 'true');
  if (isOff) return `without ${flag.name}`;
  return typeof value === 'boolean' ? `with ${settingName(flag, value)}` : `with ${flag.name} ${typed(value)}`;
}

/** `--momentum`; of a switch that is off `--no-lexicon`. */
const settingName = ({ name }: Flag, value: unknown): string =>
  value === false ? name.replace('--', '--no-') : name;

import process from 'node:process';

/** A command as it is installed: its words, and the package that has it. */
export interface InstalledCommand {
  /** `unroll-char-lm`, or `unroll char-lm`. */
  readonly words: string;
  readonly package: string;
}

/** Set for a program that another one starts: how a person calls it. */
export const INVOCATION_VARIABLE = 'UNROLL_INVOCATION';

/** Whether the programs run from their TypeScript sources, in a clone of the repository. */
const IS_SOURCE = import.meta.url.endsWith('.ts');

/**
 * How a person calls an application again, in the way this process was called: `npm run -s char-lm --` in a clone,
 * `npx unroll char-lm` under npx and in npm scripts, `npx @unroll/char-lm` where npx fetched that package for this call,
 * and else `unroll-char-lm`.
 *
 * @param app the application's name, which is that of its script in a clone
 * @param command by default that of its own package
 */
export function invocationOf(
  app: string,
  { words, package: name }: InstalledCommand = { words: `unroll-${app}`, package: `@unroll/${app}` },
  { env, argv }: Pick<typeof process, 'env' | 'argv'> = process,
  isSource = IS_SOURCE,
): string {
  const given = env[INVOCATION_VARIABLE];
  if (given) return given;
  if (isSource) return `npm run -s ${app} --`;
  if (env['npm_command'] === undefined) return words;
  if (!/[\\/]_npx[\\/]/.test(argv[1] ?? '')) return `npx ${words}`;
  if (env['npm_config_package']) return `npx -p ${env['npm_config_package']} ${words}`;
  return ['npx', name, ...words.split(' ').slice(1)].join(' ');
}

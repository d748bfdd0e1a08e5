import { ConfigError } from '../errors.ts';

/**
 * Checks the sizes that a module is made with.
 *
 * @param module its name
 * @throws ConfigError when one is not a positive whole number
 */
export function checkSizes(module: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(sizes))
    if (!Number.isInteger(value) || value < 1)
      throw new ConfigError(`${module}: ${name} must be a positive whole number, got ${value}`);
}

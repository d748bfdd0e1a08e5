import { createRequire } from 'node:module';
import { z } from 'zod';

/**
 * The version of this package, which all packages of a release have. Found by the package's name, since this code may be in
 * the one file that a clone starts its programs from.
 */
export function packageVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)('@unroll/run/package.json');
  return z.looseObject({ version: z.string() }).parse(manifest).version;
}

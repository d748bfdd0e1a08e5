import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseJson } from './files/json.ts';

/** The version of this package, which all packages of a release have. */
export function packageVersion(): string {
  const manifest = new URL('../package.json', import.meta.url);
  return parseJson(z.looseObject({ version: z.string() }), readFileSync(manifest, 'utf8'), 'package.json').version;
}

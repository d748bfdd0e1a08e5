import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { BackendError, type Kernels } from '@unroll/rnn-core';
import type detectLibc from 'detect-libc';
import { BUILD_COMMAND } from './kernel-names.ts';

/** What the addon exports; see c/addon.c. */
export interface Addon {
  open(threads: number, isa: string, bf16: 0 | 1): AddonHost;
}

/** A heap, a pool of threads and the kernels that work on them. */
export interface AddonHost {
  readonly isa: string;
  readonly kernels: Kernels;
  /** The same with bf16 products, where they were asked for. */
  readonly bf16Kernels?: Kernels;
  grow(bytes: number): ArrayBuffer;
  close(): void;
}

const require = createRequire(import.meta.url);

/** The packages that may hold this platform's addon, such as `@unroll/kernels-linux-x64-gnu`; two where libc is unknown. */
export function addonPackages(): readonly string[] {
  const { platform, arch } = process;
  if (platform !== 'linux') return [`@unroll/kernels-${platform}-${arch}`];
  const family = libcFamily();
  const libcs = family === 'glibc' ? ['gnu'] : family === 'musl' ? ['musl'] : ['gnu', 'musl'];
  return libcs.map((libc) => `@unroll/kernels-linux-${arch}-${libc}`);
}

/** `glibc` or `musl`; null where it is unknown. Required, not imported: a CommonJS module cannot be bundled into an ES module. */
function libcFamily(): string | null {
  try {
    const { familySync } = require('detect-libc') as typeof detectLibc;
    return familySync();
  } catch (error) {
    if (!isCode(error, 'MODULE_NOT_FOUND')) throw error;
    return null; // bundled into a program that is elsewhere
  }
}

/**
 * The first addon of some packages that loads.
 *
 * @param names packages, or paths of addons
 * @throws BackendError with the cause of each when none loads
 */
export function loadAddon(names: readonly string[] = addonPackages()): Addon {
  const causes: string[] = [];
  for (const name of names) {
    const loaded = loadFrom(name);
    if (typeof loaded !== 'string') return loaded;
    causes.push(loaded);
  }
  throw new BackendError(`native: ${causes.join('; ')}; ${addonRemedy()}`);
}

/** What gives this platform its addon: npm, where this module is of an installed package, else a build. */
export function addonRemedy(module = import.meta.url): string {
  return module.includes('/node_modules/')
    ? '`npm install --include=optional` installs it on a supported platform'
    : `\`${BUILD_COMMAND}\` builds it on a supported platform`;
}

/** @returns the addon, or why there is none */
function loadFrom(name: string): Addon | string {
  let path: string;
  try {
    path = require.resolve(name);
  } catch (error) {
    if (!isCode(error, 'MODULE_NOT_FOUND')) throw error;
    return `${name} is not installed, or has not been built`;
  }
  // Mapping a damaged file can kill the process, so its hash is compared first.
  const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (digest !== readDigest(`${path}.sha256`)) return `${name} is damaged (its sha256 is not that of its build)`;
  let addon: unknown;
  try {
    addon = require(path);
  } catch (error) {
    if (!isCode(error, 'ERR_DLOPEN_FAILED')) throw error;
    return `${name} does not load (${error.message})`;
  }
  return isAddon(addon) ? addon : `${name} is not an addon of this project`;
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

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { type Backend, BackendError, Heap, type Kernels, type Memory } from '@unroll/rnn-core';
import { missingKernels } from './kernel-names.ts';

/** What the addon exports; see c/addon.c. */
interface Addon {
  open(threads: number, isa: string): AddonHost;
}

interface AddonHost {
  readonly isa: string;
  readonly kernels: Kernels;
  grow(bytes: number): ArrayBuffer;
  close(): void;
}

export interface NativeOptions {
  /** How many threads work, the caller's among them; the machine's cores by default. */
  readonly threads?: number;
  /** `avx512`, `avx2`, `sse2` or `neon`; the best this processor has by default. */
  readonly isa?: string;
}

const BUILD_COMMAND = 'npm run build -w packages/kernels';
const require = createRequire(import.meta.url);

/**
 * The kernels as machine code, in a Node-API addon that comes as one npm package a platform.
 *
 * @throws BackendError when there is no addon for this platform, or it is damaged, foreign, or made from other sources
 */
export function createNativeBackend({ threads = availableParallelism(), isa = '' }: NativeOptions = {}): Backend {
  const host = openHost(loadAddon(), threads, isa);
  const memory = new AddonMemory(host);
  return {
    name: 'native',
    description: `native, ${host.isa}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    exact: false,
    threads,
    heap: new Heap(memory),
    kernels: host.kernels,
    close: () => host.close(),
  };
}

/** The platform as its package names it, such as `linux-x64-gnu`. */
export function platformName(): string {
  const { platform, arch } = process;
  if (platform !== 'linux') return `${platform}-${arch}`;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return `${platform}-${arch}-${header.glibcVersionRuntime ? 'gnu' : 'musl'}`;
}

function loadAddon(): Addon {
  const name = `@unroll/kernels-${platformName()}`;
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
      `native: ${name} is damaged (its sha256 is not the one it was built with); \`${BUILD_COMMAND}\` mends it`,
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

function openHost(addon: Addon, threads: number, isa: string): AddonHost {
  let host: AddonHost;
  try {
    host = addon.open(threads, isa);
  } catch (error) {
    throw new BackendError(`native: ${(error as Error).message}`);
  }
  const missing = missingKernels(host.kernels);
  if (missing.length === 0) return host;
  host.close();
  throw new BackendError(
    `native: the addon lacks ${missing.join(', ')}, so it is older than its sources; \`${BUILD_COMMAND}\` mends it`,
  );
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

/** The addon's region of addresses: it never moves, but every growth gives it a new, longer ArrayBuffer. */
class AddonMemory implements Memory {
  readonly #host: AddonHost;
  buffer: ArrayBuffer;

  constructor(host: AddonHost) {
    this.#host = host;
    this.buffer = this.#grown(1 << 20);
  }

  grow(bytes: number): void {
    this.buffer = this.#grown(bytes);
  }

  #grown(bytes: number): ArrayBuffer {
    try {
      return this.#host.grow(bytes);
    } catch (error) {
      throw new BackendError(`Heap: ${Math.ceil(bytes / 2 ** 20)} MiB are needed: ${(error as Error).message}`);
    }
  }
}

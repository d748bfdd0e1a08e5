import { ConfigError } from '@unroll/rnn-core';
import { afterEach, expect, test, vi } from 'vitest';
import { createWasmBackend } from './node.ts';

const MIB = 2 ** 20;
const open = (maximumMemory?: number) =>
  createWasmBackend({ threads: 2, exact: true, ...(maximumMemory !== undefined && { maximumMemory }) });

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test('the heap grows up to maximumMemory, and says so when it must grow beyond', async () => {
  const backend = await open(16 * MIB);
  const { heap } = backend;
  heap.allocate(12 * MIB);
  expect(() => heap.allocate(8 * MIB)).toThrow(
    /^Heap: \d+ MiB are needed: WebAssembly gives no memory that large \(at most 16 MiB here\); use a smaller/,
  );
  heap.allocate(MIB); // what was there goes on
  expect(heap.memory.buffer.byteLength).toBeLessThanOrEqual(16 * MIB);
  backend.close();
});

test('where the host refuses to grow by half again, the heap grows by what is needed', async () => {
  const backend = await open();
  const { heap } = backend;
  heap.allocate(16 * MIB);
  const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementationOnce(() => {
    throw new RangeError('no');
  });
  heap.allocate(2 * MIB);
  const [refused, given] = grow.mock.calls.map(([pages]) => pages);
  expect(given).toBeLessThan(refused as number);
  backend.close();
});

test('a host that does not reserve so much gets less, and the description says so', async () => {
  const { Memory } = WebAssembly;
  vi.stubGlobal('WebAssembly', {
    compile: WebAssembly.compile,
    instantiate: WebAssembly.instantiate,
    validate: WebAssembly.validate,
    Memory: class extends Memory {
      constructor(descriptor: WebAssembly.MemoryDescriptor) {
        if ((descriptor.maximum ?? 0) > 1024) throw new RangeError('no');
        super(descriptor);
      }
    },
  });
  const backend = await open(256 * MIB);
  expect(backend.description).toBe('wasm, SIMD, 2 threads, 64 MiB of memory, since the host refuses 256 MiB');
  backend.close();
});

test.each([0, 3 * MIB, 5 * 2 ** 30, Number.NaN])('refuses a maximum of %d bytes', async (bytes) => {
  await expect(open(bytes)).rejects.toThrow(ConfigError);
});

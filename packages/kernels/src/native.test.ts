import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { BackendError } from '@unroll/rnn-core';
import { describe, expect, it } from 'vitest';
import { createNativeBackend } from './native.ts';

describe('createNativeBackend', () => {
  it('says what it is', () => {
    const backend = createNativeBackend({ threads: 2 });
    expect(backend.description).toMatch(/^native, (avx512|avx2|sse2|neon), 2 threads$/);
    backend.close();
  });

  it('refuses an instruction set this processor has not got', () => {
    expect(() => createNativeBackend({ threads: 1, isa: 'vax' })).toThrow(BackendError);
  });

  it('keeps what is in the heap, at its address, while the heap grows', () => {
    const backend = createNativeBackend({ threads: 1 });
    const { heap } = backend;
    const ptr = heap.allocate(64);
    heap.int32(ptr, 16).fill(0x5eed);
    const before = heap.memory.buffer;
    heap.allocate(100 << 20);
    expect(heap.memory.buffer.byteLength).toBeGreaterThan(100 << 20);
    expect(before.byteLength).toBe(0); // detached: an old view reads nothing, rather than something old
    expect([...heap.int32(ptr, 16)]).toEqual(new Array(16).fill(0x5eed));
    backend.close();
  });

  it('answers a request that no memory can meet with one line, and lives on', () => {
    const backend = createNativeBackend({ threads: 1 });
    const { heap } = backend;
    expect(() => heap.allocate(2 ** 44)).toThrow(/Heap: \d+ MiB are needed: the system has no memory left/);
    expect(heap.allocate(64)).toBeGreaterThan(0);
    backend.close();
  });

  it('throws, and does not crash, when a kernel is called wrongly or after the end', () => {
    const backend = createNativeBackend({ threads: 2 });
    const { heap, kernels } = backend;
    const y = heap.allocate(64);
    const fill = (...args: unknown[]) =>
      (kernels as unknown as Record<string, (...args: unknown[]) => void>)['fill']!(...args);
    expect(() => fill(y, 1)).toThrow('fill: there must be 3 arguments, got 2');
    expect(() => fill(y, 'one', 4)).toThrow('fill: argument 2 must be a number');
    backend.close();
    backend.close();
    expect(() => kernels.fill(y, 1, 4)).toThrow('the backend is closed');
    expect(() => heap.allocate(1 << 30)).toThrow(BackendError);
  });

  it('runs several backends beside each other', () => {
    const backends = [1, 2, 3].map((threads) => createNativeBackend({ threads }));
    const pointers = backends.map(({ heap, kernels }) => {
      const y = heap.allocate(400_000);
      kernels.fill(y, 1, 100_000);
      return y;
    });
    for (let round = 0; round < 10; round++)
      for (const [k, { kernels }] of backends.entries()) kernels.scale(pointers[k]!, pointers[k]!, 2, 100_000, 0);
    for (const [k, backend] of backends.entries()) {
      expect(backend.heap.real(pointers[k]!, 100_000).every((value) => value === 1024)).toBe(true);
      backend.close();
    }
  });

  it.runIf(process.platform === 'linux')(
    'computes the same beside busy processes, and keeps no thread off a core',
    () => {
      const busy = [1, 2].map(() => spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' }));
      const backend = createNativeBackend({ threads: 2 });
      const N = 192;
      const { heap, kernels } = backend;
      const [c, a] = [heap.allocate(4 * N * N), heap.allocate(4 * N * N)];
      heap.real(a, N * N).set(Float32Array.from({ length: N * N }, (_, k) => Math.sin(k)));
      const product = () => {
        kernels.gemm(c, N, a, N, a, N, 0, N, N, N, 0, 0, 0);
        return heap.real(c, N * N).slice();
      };
      const first = product();
      for (const end = performance.now() + 500; performance.now() < end; ) expect(product()).toEqual(first);
      for (const child of busy) child.kill('SIGKILL');
      const allowed = () =>
        readdirSync('/proc/self/task').map(
          (task) => /Cpus_allowed:\s*(\S+)/.exec(readFileSync(`/proc/self/task/${task}/status`, 'utf8'))?.[1],
        );
      // A thread that gave way may use all cores again from its next product on.
      for (const end = performance.now() + 10_000; performance.now() < end && new Set(allowed()).size > 1; )
        product();
      expect(new Set(allowed()).size).toBe(1);
      backend.close();
    },
  );
});

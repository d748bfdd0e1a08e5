import { ConfigError, createReferenceBackend } from '@unroll/rnn-core';
import { describe, expect, it, vi } from 'vitest';
import { firstThatRuns } from './first-that-runs.ts';
import { selectBackend as selectInBrowser } from './select.browser.ts';
import { selectBackend } from './select.ts';
import { MAX_THREADS } from './thread-count.ts';

describe('selectBackend', () => {
  it('takes native where it runs', async () => {
    const { backend, reason } = await selectBackend({ backend: 'auto', threads: 1 });
    expect(backend.name).toBe('native');
    expect(reason).toBe(backend.description);
    backend.close();
  });

  it('takes WebAssembly where exact bits are asked for, and says why not native', async () => {
    const { backend, reason } = await selectBackend({ backend: 'auto', threads: 2, exact: true });
    expect(backend).toMatchObject({ name: 'wasm', exact: true, threads: 2 });
    expect(reason).toBe(
      'wasm, SIMD, 2 threads; not native: its last bits depend on the processor, and exact ones are asked for',
    );
    backend.close();
  });

  it('takes what is named, or says why it cannot', async () => {
    const { backend } = await selectBackend({ backend: 'reference' });
    expect(backend.name).toBe('reference');
    await expect(selectBackend({ backend: 'native', exact: true })).rejects.toThrow(/^native: its last bits/);
  });

  it('takes no other backend than native where bf16 products are asked for', async () => {
    for (const backend of ['wasm', 'reference'] as const)
      await expect(selectBackend({ backend, precision: 'bf16' })).rejects.toThrow(
        `${backend}: has no bf16 products; the native backend has them`,
      );
    await expect(selectBackend({ backend: 'auto', precision: 'bf16', exact: true })).rejects.toThrow(
      'native: its last bits depend',
    );
  });

  it('says that a backend was asked for only where its name was', async () => {
    const native = () => Promise.resolve(createReferenceBackend());
    const openers = { native, wasm: native };
    const { description } = createReferenceBackend();
    const reasonOf = async (backend: 'auto' | 'native') =>
      (await firstThatRuns(openers, { backend, precision: 'bf16' })).reason;
    expect(await reasonOf('auto')).toBe(description);
    expect(await reasonOf('native')).toBe(`${description} (as asked)`);
  });

  it('refuses a number of threads that makes no sense', async () => {
    await expect(selectBackend({ backend: 'auto', threads: 0 })).rejects.toThrow(ConfigError);
    await expect(selectBackend({ backend: 'auto', threads: MAX_THREADS + 1 })).rejects.toThrow(
      'Backend: threads must be a whole number from 1 to 64, got 65',
    );
  });

  it('takes WebAssembly in a browser, which has no native backend', async () => {
    vi.stubGlobal('navigator', { hardwareConcurrency: 2 }); // which Node 20 lacks
    await expect(selectInBrowser({ backend: 'native' })).rejects.toThrow('native: runs in Node alone');
    const { backend, reason } = await selectInBrowser({ backend: 'auto', exact: true });
    expect(backend.name).toBe('wasm');
    expect(reason).toBe('wasm, SIMD, 1 thread; not native: runs in Node alone');
    backend.close();
  });
});

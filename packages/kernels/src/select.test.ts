import { ConfigError } from '@unroll/rnn-core';
import { describe, expect, it } from 'vitest';
import { selectBackend } from './select.ts';

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

  it('refuses a number of threads that makes no sense', async () => {
    await expect(selectBackend({ backend: 'auto', threads: 0 })).rejects.toThrow(ConfigError);
  });
});

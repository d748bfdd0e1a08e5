import { expect, test } from 'vitest';
import { openBackend } from './backend.ts';

test('opens what is asked for and says so in one line', async () => {
  using compute = await openBackend({ backend: 'reference' });
  expect(compute.backend.name).toBe('reference');
  expect(compute.reason).toMatch(/^Computing with reference, .+\.$/);
});

test('takes no backend that has not the precision, and says what to give instead', async () => {
  await expect(openBackend({ backend: 'wasm', precision: 'bf16' })).rejects.toThrow(
    'wasm: has no bf16 products; the native backend has them; or give --precision float32',
  );
});

test('finds something that computes wherever it runs', async () => {
  using compute = await openBackend({ backend: 'auto', threads: 1 });
  expect(compute.backend.threads).toBe(1);
});

import { vi } from 'vitest';
import { createNativeBackend } from '../native.ts';
import { createWasmBackend } from '../wasm/node.ts';
import { describeBackend } from './describe-backend.ts';

vi.setConfig({ testTimeout: 120_000 }); // where other programs take the processors

describeBackend('native', async (threads) => createNativeBackend({ threads }));
if (process.arch === 'x64')
  describeBackend('native, sse2', async (threads) => createNativeBackend({ threads, isa: 'sse2' }));
describeBackend('wasm, relaxed', async (threads) => createWasmBackend({ threads }));
describeBackend('wasm, exact', async (threads) => createWasmBackend({ threads, exact: true }));

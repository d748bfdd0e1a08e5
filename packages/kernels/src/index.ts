export * from './first-that-runs.ts';
export { createNativeBackend, type NativeOptions } from './native.ts';
export { PRECISIONS, type Precision } from './precision.ts';
export { selectBackend } from './select.ts';
export { MAX_THREADS } from './thread-count.ts';
export { createWasmBackend, type WasmOptions } from './wasm/node.ts';

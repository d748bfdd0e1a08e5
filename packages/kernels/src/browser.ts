export * from './first-that-runs.ts';
export { PRECISIONS, type Precision } from './precision.ts';
export { selectBackend } from './select.browser.ts';
export { MAX_THREADS } from './thread-count.ts';
export { createWasmBackend, type WasmOptions } from './wasm/browser.ts';

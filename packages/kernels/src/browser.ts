export * from './first-that-runs.ts';
export { selectBackend } from './select.browser.ts';
export { MAX_THREADS } from './thread-count.ts';
export { createWasmBackend, type WasmOptions, type WasmSources } from './wasm/browser.ts';

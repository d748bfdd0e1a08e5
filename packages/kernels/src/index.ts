export { createNativeBackend, type NativeOptions } from './native.ts';
export { BACKEND_CHOICES, type BackendSelection, type SelectedBackend, selectBackend } from './select.ts';
export { createWasmBackend, type WasmOptions } from './wasm/node.ts';

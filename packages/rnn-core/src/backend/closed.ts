import { BackendError } from '../errors.ts';
import type { Backend, Kernels } from './backend.ts';

/** A backend whose kernels can be replaced by those of a closed one. */
export type ClosableBackend = Backend & { kernels: Kernels; trainingKernels?: Kernels };

/** Makes every later use of a backend's kernels and memory an error; what was open stays as fast as it was. */
export function markClosed(backend: ClosableBackend): void {
  const refuse = (): never => {
    throw new BackendError(`${backend.name}: backend must be open, got one that was closed; open another`);
  };
  backend.kernels = new Proxy(backend.kernels, { get: refuse });
  if (backend.trainingKernels) backend.trainingKernels = backend.kernels;
  backend.heap.memory = {
    get buffer() {
      return refuse();
    },
    grow: refuse,
  };
}

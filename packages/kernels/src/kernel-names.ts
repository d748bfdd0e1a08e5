import { createReferenceBackend, type Kernels } from '@unroll/rnn-core';

/** Builds the fast backends. */
export const BUILD_COMMAND = 'npm run build -w packages/kernels';

/** The kernels of the contract that a build lacks, because it is older than its sources. */
export function missingKernels(found: object): (keyof Kernels)[] {
  const wanted = Object.keys(createReferenceBackend().kernels) as (keyof Kernels)[];
  return wanted.filter((name) => !(name in found));
}

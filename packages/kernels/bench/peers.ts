import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Entry } from './contender.ts';
import type { Mode, Workload } from './workloads.ts';

const script = (name: string) => fileURLToPath(new URL(`./peers/${name}`, import.meta.url));

const PEERS = process.env['UNROLL_PEERS'] ?? '';
const has = (name: string) => PEERS !== '' && existsSync(join(PEERS, 'node_modules', name));

/** Every Python whose torch is measured; the system's where there is no other choice. */
const PYTHONS = (
  process.env['UNROLL_PYTHON'] ?? (existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3')
).split(',');
/** Two threads of Debian's torch need the OpenMP build of OpenBLAS: with the other, two pools spin against each other. */
const OPENMP = '/usr/lib/x86_64-linux-gnu/openblas-openmp';
/** Huge pages, as our heap asks for them, and memory that is kept from step to step: torch gains some percent by them. */
const MALLOC = {
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
  MALLOC_MMAP_THRESHOLD_: '4000000000',
  MALLOC_TRIM_THRESHOLD_: '8000000000',
  MALLOC_TOP_PAD_: '268435456',
};

/** The peers that can run a workload here; a peer that is not installed says so when it is started, and is left out. */
export function peersOf(workload: Workload, mode: Mode): Entry[] {
  const torch = PYTHONS.flatMap((python) =>
    [1, 2].map((threads) => ({
      workload,
      mode,
      name: 'PyTorch',
      threads,
      command: [python, script('torch_rounds.py'), workload, mode],
      env: {
        ...MALLOC,
        OMP_NUM_THREADS: String(threads),
        OPENBLAS_NUM_THREADS: String(threads),
        ...(threads > 1 ? { LD_LIBRARY_PATH: OPENMP } : {}),
      },
    })),
  );
  const lstm = ['W1', 'W2', 'W3', 'W7a', 'W7b'].includes(workload);
  const node = (name: string, threads: number, file: string, ...args: string[]): Entry => ({
    workload,
    mode,
    name,
    threads,
    command: [
      process.execPath,
      '--import',
      'tsx',
      '-C',
      'unroll-source',
      script(file),
      workload,
      mode,
      String(threads),
      ...args,
    ],
    env: { UNROLL_PYTHON: PYTHONS[0] },
  });
  return [
    ...torch,
    ...(mode !== 'train' && lstm && has('onnxruntime-node')
      ? [1, 2].map((n) => node('onnxruntime-node', n, 'onnxruntime.ts', 'node'))
      : []),
    ...(mode !== 'train' && lstm && has('onnxruntime-web')
      ? [node('onnxruntime-web', 1, 'onnxruntime.ts', 'web')]
      : []),
    ...(mode === 'train' && ['W1', 'W2', 'W4rnn', 'W4gru'].includes(workload) && has('@tensorflow/tfjs-backend-wasm')
      ? [
          // What it keeps of a window of W2 is more than WebAssembly can address; a token of an eighth costs the same.
          workload === 'W2' ? node('tfjs-wasm, T 16', 1, 'tfjs.ts', '16') : node('tfjs-wasm', 1, 'tfjs.ts'),
        ]
      : []),
    ...(mode === 'train' && workload === 'W1' && has('@jax-js/jax') ? [node('jax-js', 1, 'jax.ts')] : []),
  ];
}

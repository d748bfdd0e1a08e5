import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Entry } from './contender.ts';
import type { Mode, Workload } from './workloads.ts';

const script = (name: string) => fileURLToPath(new URL(`./peers/${name}`, import.meta.url));

const START = [process.execPath, '--import', 'tsx', '-C', 'unroll-source'];

const PEERS = process.env['UNROLL_PEERS'] ?? '';

/** Every Python whose torch and JAX are measured; the system's where there is no other choice. */
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

/** What torch.compile keeps, by threads: made anew, since what it compiled for other threads or instructions corrupts memory. */
const COMPILED = mkdtempSync(join(tmpdir(), 'unroll-compiled-'));
process.on('exit', () => rmSync(COMPILED, { recursive: true }));

/** Keeps a peer from instructions beyond AVX2: the libraries under each PyTorch, every one in its own way, and XLA. */
const AVX2_ALONE = {
  ATEN_CPU_CAPABILITY: 'avx2',
  ONEDNN_MAX_CPU_ISA: 'AVX2',
  MKL_ENABLE_INSTRUCTIONS: 'AVX2',
  OPENBLAS_CORETYPE: 'Haswell',
  XLA_FLAGS: '--xla_cpu_max_isa=AVX2',
};

/** The peers of a workload; one that cannot be measured has the reason in `missing`, or says it when it is started. */
export function peersOf(workload: Workload, mode: Mode, avx2Alone: boolean): Entry[] {
  return [...pythonPeers(workload, mode, avx2Alone), ...nodePeers(workload, mode, avx2Alone)];
}

function pythonPeers(workload: Workload, mode: Mode, avx2Alone: boolean): Entry[] {
  const peer = (python: string, name: string, file: string, threads: number): Entry => ({
    workload,
    mode,
    name,
    threads,
    isPeer: true,
    command: [python, script(file), workload, mode],
    env: {
      ...MALLOC,
      ...(avx2Alone ? AVX2_ALONE : {}),
      OMP_NUM_THREADS: String(threads),
      OPENBLAS_NUM_THREADS: String(threads),
      TORCHINDUCTOR_CACHE_DIR: join(COMPILED, String(threads)),
      ...(threads > 1 ? { LD_LIBRARY_PATH: OPENMP } : {}),
    },
  });
  return PYTHONS.flatMap((python) =>
    [1, 2].flatMap((threads) => [
      peer(python, 'PyTorch', 'torch_rounds.py', threads),
      peer(python, 'JAX', 'jax_rounds.py', threads),
    ]),
  );
}

function nodePeers(workload: Workload, mode: Mode, avx2Alone: boolean): Entry[] {
  /** @param unfit why it cannot do this workload */
  const peer = (name: string, library: string, file: string, threads: number, args: string[], unfit = ''): Entry => ({
    workload,
    mode,
    name,
    threads,
    isPeer: true,
    command: [...START, script(file), workload, mode, String(threads), ...args],
    env: { UNROLL_PYTHON: PYTHONS.at(-1) },
    missing: unfit || missingLibrary(library),
  });
  if (mode !== 'train') {
    const unfit = /^W[1237]/.test(workload) ? '' : 'its model is exported for W1 to W3 only';
    const unlimited = avx2Alone ? 'nothing keeps it from better instructions than AVX2' : '';
    return [
      ...[1, 2].map((n) =>
        peer('onnxruntime-node', 'onnxruntime-node', 'onnxruntime.ts', n, ['node'], unfit || unlimited),
      ),
      peer('onnxruntime-web', 'onnxruntime-web', 'onnxruntime.ts', 1, ['web'], unfit),
    ];
  }
  const isCharModel = /^W[1-4]/.test(workload);
  return [
    peer(
      // What it keeps of a window of W2 is more than WebAssembly can address; a token of an eighth costs the same.
      workload === 'W2' ? 'tfjs-wasm, T 16' : 'tfjs-wasm',
      '@tensorflow/tfjs-backend-wasm',
      'tfjs.ts',
      1,
      workload === 'W2' ? ['16'] : [],
      workload === 'W3' || !isCharModel
        ? 'it has no gradient of an embedding, and one-hot rows of this size take minutes'
        : '',
    ),
    peer(
      'jax-js',
      '@jax-js/jax',
      'jax.ts',
      1,
      [],
      workload === 'W1' ? '' : 'it has no loop over time: only W1 is unrolled',
    ),
  ];
}

const missingLibrary = (name: string): string | undefined =>
  PEERS !== '' && existsSync(join(PEERS, 'node_modules', name))
    ? undefined
    : `${name} is not in the folder UNROLL_PEERS`;

/**
 * Where a workload's time goes, kernel by kernel: its fraction of the time, its calls, and for products the rate of arithmetic.
 * usage: profile.ts WORKLOAD MODE BACKEND THREADS
 */
import type { Backend, Kernels } from '@unroll/rnn-core';
import { selectBackend } from '../src/index.ts';
import { workOn } from './work.ts';
import type { Mode, Workload } from './workloads.ts';

interface Spent {
  calls: number;
  milliseconds: number;
  operations: number;
}

const SECONDS = 5;
const [workload, mode, name, threads] = process.argv.slice(2) as [Workload, Mode, 'native', string];
const { backend } = await selectBackend({ backend: name, threads: Number(threads) });
const spent = new Map<string, Spent>();
const { run, tokens } = workOn({ ...backend, kernels: timed(backend), close: () => backend.close() }, workload, mode);
void run();
void run();
spent.clear();

const started = performance.now();
const cpu = process.cpuUsage();
let count = 0;
while (performance.now() - started < 1000 * SECONDS) {
  void run(); // ours compute at once
  count++;
}
const wall = performance.now() - started;
const { user, system } = process.cpuUsage(cpu);
const busy = (user + system) / 1000;
console.log(`${workload} ${mode} on ${backend.description}`);
console.log(
  `${Math.round((count * tokens) / (wall / 1000))} tokens/s; ${Math.round((count * tokens) / (busy / 1000))} a processor second; ${((100 * busy) / wall).toFixed(0)} % of a processor`,
);
const inKernels = [...spent.values()].reduce((sum, { milliseconds }) => sum + milliseconds, 0);
for (const [key, { calls, milliseconds, operations }] of [...spent]
  .sort(([, a], [, b]) => b.milliseconds - a.milliseconds)
  .slice(0, 16)) {
  // Where other programs take the processors, time passes that is not this program's: rates are of its own.
  const own = (milliseconds / 1000) * Math.min(busy / wall, 1);
  console.log(
    `${((100 * milliseconds) / wall).toFixed(1).padStart(5)} %  ${String(calls / count).padStart(5)} calls  ${(milliseconds / count).toFixed(3).padStart(8)} ms  ` +
      `${operations ? `${(operations / own / 1e9).toFixed(1).padStart(6)} GFLOP/s` : ''.padStart(14)}  ${key}`,
  );
}
console.log(`${(100 * (1 - inKernels / wall)).toFixed(1).padStart(5)} %  outside kernels`);
backend.close();

/** The kernels, each call timed; products under their shape. */
function timed({ kernels }: Backend): Kernels {
  // A copy: what WebAssembly exports may not be answered otherwise.
  return new Proxy(
    { ...kernels },
    {
      get(_, name: keyof Kernels) {
        const kernel = kernels[name] as (...args: number[]) => number;
        return (...args: number[]) => {
          const began = performance.now();
          const result = kernel(...args);
          const took = performance.now() - began;
          const { key, operations } = describe(name, args);
          const entry = spent.get(key) ?? { calls: 0, milliseconds: 0, operations: 0 };
          spent.set(key, entry);
          entry.calls++;
          entry.milliseconds += took;
          entry.operations += operations;
          return result;
        };
      },
    },
  );
}

function describe(name: keyof Kernels, args: readonly number[]): { key: string; operations: number } {
  if (name === 'gemm') {
    const [M = 0, N = 0, K = 0, transA, transB] = args.slice(7);
    return { key: `gemm ${M}×${N}×${K} ${transA ? 'T' : 'N'}${transB ? 'T' : 'N'}`, operations: 2 * M * N * K };
  }
  const gates = { rnn: 1, gru: 3, lstm: 4, slstm: 4 }[name.replace(/Forward|Backward/, '')];
  if (!gates) return { key: name, operations: 0 };
  const at = { rnnForward: 5, rnnBackward: 5, gruForward: 6, gruBackward: 6, lstmForward: 6, lstmBackward: 7 };
  const from = at[name.replace('slstm', 'lstm') as 'rnnForward'];
  const [T = 0, B = 0, H = 0] = args.slice(from);
  return { key: `${name} T ${T} B ${B} H ${H}`, operations: 2 * T * B * gates * H * H };
}

/**
 * One workload on one of our backends, as its own process, so that memory is measured alone.
 * usage: ours.ts WORKLOAD MODE BACKEND THREADS float32|int8|bf16 [ISA]; then a line on standard input starts a round.
 */
import { createNativeBackend, selectBackend } from '../src/index.ts';
import type { NumberFormat } from './contender.ts';
import { serveRounds } from './rounds.ts';
import { workOn } from './work.ts';
import type { Mode, Workload } from './workloads.ts';

const [workload, mode, name, threads, format, isa] = process.argv.slice(2) as [
  Workload,
  Mode,
  string,
  string,
  NumberFormat,
  string | undefined,
];
const exact = name === 'wasm-exact';
const choice = exact ? 'wasm' : (name as 'native' | 'wasm' | 'reference');
const { backend } =
  isa && choice === 'native'
    ? { backend: createNativeBackend({ threads: Number(threads), isa }) }
    : await selectBackend({
        backend: choice,
        threads: Number(threads),
        exact,
        precision: format === 'bf16' ? format : 'float32',
      });
await serveRounds(workOn(backend, workload, mode, format === 'int8' ? format : 'float32'));

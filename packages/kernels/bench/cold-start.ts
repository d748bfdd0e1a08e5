import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** From the start of a process to its end, with a model built in between. */
interface ColdStart {
  readonly seconds: number;
  readonly peakBytes: number;
}

/** W1, from the built packages, as whoever installs them has it. */
const program = (backend: string): string => `
import { Embedding, Linear, Lstm, Module, Parameters, Rng } from '@unroll/rnn-core';
import { selectBackend } from '@unroll/kernels';
class Model extends Module {
  embedding = new Embedding({ numEmbeddings: 65, embeddingDim: 64 });
  cells = new Lstm({ inputSize: 64, hiddenSize: 128 });
  head = new Linear({ inFeatures: 128, outFeatures: 65 });
}
const { backend } = await selectBackend({ backend: '${backend}', threads: 1 });
Parameters.create(new Model(), backend, Rng.seeded(1));
console.log(process.resourceUsage().maxRSS);
backend.close();`;
const NOTHING = 'console.log(process.resourceUsage().maxRSS)';

/** Prints how long a new process takes until it has a model, beside a Node that does nothing; they take turns. */
export function showColdStarts(backends: readonly string[], rounds: number): void {
  const programs = new Map([...backends.map((name) => [name, program(name)] as const), ['bare node', NOTHING]]);
  const found = new Map<string, ColdStart[]>([...programs.keys()].map((name) => [name, []]));
  for (let k = 0; k < rounds; k++) for (const [name, text] of programs) found.get(name)?.push(startCold(text));
  for (const [name, starts] of found) {
    const median = starts.toSorted((a, b) => a.seconds - b.seconds)[starts.length >> 1] as ColdStart;
    const fastest = Math.min(...starts.map(({ seconds }) => seconds));
    console.log(
      `W1          start   ${name.padEnd(17)} ${median.seconds.toFixed(3)} s, at best ${fastest.toFixed(3)} s ${(median.peakBytes / 2 ** 20).toFixed(0).padStart(5)} MiB`,
    );
  }
}

function startCold(text: string): ColdStart {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', text], {
    cwd: fileURLToPath(new URL('..', import.meta.url)), // where the packages are found
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`a cold start failed; are the packages built?\n${stderr}`);
  return { seconds: (performance.now() - started) / 1000, peakBytes: Number(stdout) * 1024 };
}

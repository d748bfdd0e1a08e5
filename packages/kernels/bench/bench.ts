/**
 * Tokens per second of every workload, ours and the peers alternating in the same run, and which fraction of the machine's
 * FMA peak that is, and at batch size 1 of its memory bandwidth.
 *
 *     npm run -s bench [-- --workload W1,W2 --mode train,infer,sample --backend native,wasm --threads 1,2 --rounds 5
 *                          --isa avx2 --no-peers --json FILE]     --isa: as if the processor had no better instructions
 *     npm run -s bench -- --readme       writes the results into the README's tables
 *     npm run -s bench -- --busy         the speed beside a busy process, on two threads of two cores
 *     npm run -s bench -- --scaling      how the cost of training W1 grows with T and with B
 *     npm run -s bench -- --cells        the cells without a recurrent product beside an LSTM: training, one long text
 *     npm run -s bench -- --cold-start   how long a new process takes until it has a model
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BusyProcess } from './busy-process.ts';
import { showColdStarts } from './cold-start.ts';
import { compare } from './comparison.ts';
import type { Entry, NumberFormat } from './contender.ts';
import { buildLimits, limitsOf } from './limits.ts';
import { peersOf } from './peers.ts';
import { bestPeer, lineOf, type Row } from './row.ts';
import { writeReadme } from './table.ts';
import { CELLS, type Mode, modesOf, SCALING, WORKLOADS, type Workload } from './workloads.ts';

const flags = readFlags();
const list = (text: string) => text.split(',');
const wanted = flags.workload ? list(flags.workload) : undefined;
const threads = list(flags.threads ?? (flags.busy ? '2' : '1,2')).map(Number);
const avx2Alone = flags.isa === 'avx2';
const rows: Row[] = [];

if (flags['cold-start']) showColdStarts(list(flags.backend), Number(flags.rounds));
else if (flags.scaling)
  show(
    await compare(
      SCALING.flatMap((workload) => oursOf(workload, 'train')),
      Number(flags.rounds),
    ),
  );
else if (flags.cells) await measureCells();
else await measureAll();
if (flags.readme) writeReadme(rows);

async function measureAll(): Promise<void> {
  const limits = await buildLimits(avx2Alone);
  const busy = flags.busy ? new BusyProcess() : undefined;
  for (const workload of WORKLOADS) {
    // W4, W6 and W7 name both of their variants.
    if (wanted && !wanted.some((name) => workload.startsWith(name))) continue;
    for (const mode of modesOf(workload)) {
      if (!list(flags.mode).includes(mode)) continue;
      const peers = flags.peers ? peersOf(workload, mode, avx2Alone) : [];
      const entries = [...oursOf(workload, mode), ...peers, ...limitsOf(limits, workload, mode)];
      const chosen = entries.filter((entry) => threads.includes(entry.threads));
      show(await compare(chosen, Number(flags.rounds), busy));
    }
  }
  busy?.stop();
}

async function measureCells(): Promise<void> {
  for (const mode of ['train', 'infer'] as const) {
    const measured = await compare(
      CELLS[mode].flatMap((workload) => oursOf(workload, mode)),
      Number(flags.rounds),
    );
    show(measured, ({ workload, backend, threads }) => {
      const lstm = measured.find((row) => row.backend === backend && row.threads === threads);
      return lstm?.workload === workload ? undefined : lstm;
    });
  }
}

/** @param comparedWith the row that a row is compared with; by default the best peer */
function show(
  measured: readonly Row[],
  comparedWith: (row: Row) => Row | undefined = (row) => (row.isPeer ? undefined : bestPeer(measured, row)),
): void {
  for (const row of measured) console.log(lineOf(row, comparedWith(row)));
  rows.push(...measured);
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify(rows, null, 2)}\n`);
}

function fail(why: string): never {
  console.error(`bench: ${why}; the flags are at the top of packages/kernels/bench/bench.ts`);
  process.exit(2);
}

function readFlags() {
  try {
    const { values, tokens } = parseArgs({
      tokens: true,
      options: {
        workload: { type: 'string' },
        mode: { type: 'string', default: 'train,infer,sample' },
        backend: { type: 'string', default: 'native,wasm' },
        threads: { type: 'string' },
        isa: { type: 'string' },
        rounds: { type: 'string', default: '5' },
        peers: { type: 'boolean', default: true },
        readme: { type: 'boolean', default: false },
        busy: { type: 'boolean', default: false },
        cells: { type: 'boolean', default: false },
        scaling: { type: 'boolean', default: false },
        'cold-start': { type: 'boolean', default: false },
        json: { type: 'string' },
      },
      allowNegative: true,
    });
    if (!(Number.isInteger(Number(values.rounds)) && Number(values.rounds) > 0))
      fail(`--rounds must be a whole number from 1 on, got ${values.rounds}`);
    if (values.isa && values.isa !== 'avx2') fail(`--isa must be avx2, got ${values.isa}`);
    const taken = ['cold-start', 'backend', 'rounds'];
    const idle = tokens.find((token) => token.kind === 'option' && !taken.includes(token.name));
    if (values['cold-start'] && idle?.kind === 'option')
      fail(`--cold-start takes --backend and --rounds beside it, got ${idle.rawName}`);
    return values;
  } catch (error) {
    return fail((error as Error).message);
  }
}

function oursOf(workload: Workload, mode: Mode): Entry[] {
  const script = fileURLToPath(new URL('./ours.ts', import.meta.url));
  const formatsOf = (name: string): readonly NumberFormat[] =>
    mode === 'sample'
      ? ['float32', 'int8']
      : mode === 'train' && name === 'native' && !avx2Alone
        ? ['float32', 'bf16']
        : ['float32'];
  const start = [process.execPath, '--import', 'tsx', '-C', 'unroll-source', script, workload, mode];
  return list(flags.backend).flatMap((name) =>
    formatsOf(name).flatMap((format) =>
      threads.map((count) => ({
        workload,
        mode,
        name: format === 'float32' ? name : `${name} ${format}`,
        threads: count,
        isPeer: false,
        command: [...start, name, String(count), format, ...(avx2Alone ? ['avx2'] : [])],
      })),
    ),
  );
}

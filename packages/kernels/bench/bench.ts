/**
 * Tokens a second of every workload, ours beside the peers, taking turns in the same run.
 *
 *     npm run -s bench [-- --workload W1,W2 --mode train,infer,sample --backend native,wasm --threads 1,2 --rounds 5
 *                          --no-peers --json FILE]
 *     npm run -s bench -- --scaling      how the cost of training W1 grows with T and with B
 *     npm run -s bench -- --cold-start   how long a new process takes until it has a model
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { WeightFormat } from '@unroll/rnn-core';
import { showColdStarts } from './cold-start.ts';
import { Contender, type Entry, type Round } from './contender.ts';
import { peersOf } from './peers.ts';
import { type Mode, modesOf, SCALING, WORKLOADS, type Workload } from './workloads.ts';

/** What `--json` holds a list of. */
interface Row {
  readonly workload: Workload;
  readonly mode: Mode;
  readonly backend: string;
  readonly threads: number;
  /** The median round. */
  readonly tokensPerSecond: number;
  /** (largest - smallest) / median over the rounds. */
  readonly range: number;
  readonly peakBytes: number;
}

const flags = readFlags();
const list = (text: string) => text.split(',');
const wanted = flags.workload ? list(flags.workload) : undefined;
const rows: Row[] = [];

if (flags['cold-start']) showColdStarts(list(flags.backend), Number(flags.rounds));
if (flags.scaling) rows.push(...(await compare(SCALING.flatMap((workload) => oursOf(workload, 'train')))));
for (const workload of flags.scaling || flags['cold-start'] ? [] : WORKLOADS) {
  // W4, W6 and W7 name both of their variants.
  if (wanted && !wanted.some((name) => workload.startsWith(name))) continue;
  for (const mode of modesOf(workload)) {
    if (!list(flags.mode).includes(mode)) continue;
    const entries = [...oursOf(workload, mode), ...(flags.peers ? peersOf(workload, mode) : [])];
    rows.push(...(await compare(entries)));
  }
}
if (flags.json) writeFileSync(flags.json, `${JSON.stringify(rows, null, 2)}\n`);

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
        threads: { type: 'string', default: '1,2' },
        rounds: { type: 'string', default: '5' },
        peers: { type: 'boolean', default: true },
        scaling: { type: 'boolean', default: false },
        'cold-start': { type: 'boolean', default: false },
        json: { type: 'string' },
      },
      allowNegative: true,
    });
    if (!(Number.isInteger(Number(values.rounds)) && Number(values.rounds) > 0))
      fail(`--rounds must be a whole number from 1 on, got ${values.rounds}`);
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
  const formats: readonly WeightFormat[] = mode === 'sample' ? ['float32', 'int8'] : ['float32'];
  const start = [process.execPath, '--import', 'tsx', '-C', 'unroll-source', script, workload, mode];
  return list(flags.backend).flatMap((name) =>
    formats.flatMap((format) =>
      list(flags.threads).map((threads) => ({
        workload,
        mode,
        name: format === 'float32' ? name : `${name} ${format}`,
        threads: Number(threads),
        command: [...start, name, threads, format],
      })),
    ),
  );
}

/** Starts all, lets them take turns, prints and returns their rows. */
async function compare(entries: readonly Entry[]): Promise<Row[]> {
  const contenders: Contender[] = [];
  for (const entry of entries) {
    const contender = await Contender.start(entry);
    if (contender instanceof Contender) contenders.push(contender);
    else
      console.error(
        `${entry.workload} ${entry.mode} ${entry.name}, ${entry.threads} threads: left out (${entry.command[0]}: ${contender})`,
      );
  }
  const rounds = new Map<Contender, Round[]>(contenders.map((contender) => [contender, []]));
  for (let k = 0; k < Number(flags.rounds); k++) {
    for (const contender of contenders) {
      const round = await contender.round();
      if (round) rounds.get(contender)?.push(round);
    }
  }
  const made = contenders.flatMap((contender) => rowOf(contender, rounds.get(contender) ?? []));
  for (const contender of contenders) contender.stop();
  const best = Math.max(
    ...made.filter(({ backend }) => backend.startsWith('PyTorch')).map((row) => row.tokensPerSecond),
  );
  for (const row of made) console.log(lineOf(row, best));
  return made;
}

function rowOf({ entry, version }: Contender, rounds: readonly Round[]): Row[] {
  if (rounds.length === 0) return [];
  const { workload, mode, name, threads } = entry;
  const speeds = rounds.map((round) => round.tokensPerSecond).sort((a, b) => a - b);
  const median = speeds[speeds.length >> 1] as number;
  const range = ((speeds.at(-1) as number) - (speeds[0] as number)) / median;
  const peakBytes = Math.max(...rounds.map((round) => round.peakBytes));
  return [
    { workload, mode, backend: `${name} ${version}`.trim(), threads, tokensPerSecond: median, range, peakBytes },
  ];
}

function lineOf({ workload, mode, backend, threads, tokensPerSecond, range, peakBytes }: Row, torch: number): string {
  const ratio = Number.isFinite(torch) ? `${(tokensPerSecond / torch).toFixed(2)}× PyTorch` : '';
  return [
    workload.padEnd(11),
    mode.padEnd(7),
    backend.padEnd(17),
    `${threads} ${threads === 1 ? 'thread ' : 'threads'}`,
    Math.round(tokensPerSecond).toLocaleString('en').padStart(9),
    'tokens/s',
    `±${(50 * range).toFixed(0)} %`.padStart(6),
    `${(peakBytes / 2 ** 20).toFixed(0)} MiB`.padStart(9),
    ratio,
  ].join(' ');
}

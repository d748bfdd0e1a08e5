import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { operationsPerToken } from './operations.ts';
import { bestPeer, percent, type Row, ratio } from './row.ts';
import type { Mode } from './workloads.ts';

const HEADINGS: Record<Mode, string> = { train: 'Training', infer: 'Batch inference', sample: 'Sampling' };
const [BEGIN, END] = ['<!-- measured -->', '<!-- /measured -->'];

/** Replaces what is between the markers of the README by tables of the rows, which this machine has just measured. */
export function writeReadme(rows: readonly Row[]): void {
  const path = fileURLToPath(new URL('../README.md', import.meta.url));
  const [before = '', rest = ''] = readFileSync(path, 'utf8').split(BEGIN);
  const [, after = ''] = rest.split(END);
  const tables = (Object.keys(HEADINGS) as Mode[]).map((mode) =>
    tableOf(
      mode,
      rows.filter((row) => row.mode === mode),
    ),
  );
  writeFileSync(path, `${before}${BEGIN}\n\n${machine(rows)}\n\n${tables.join('')}${END}${after}`);
}

function machine(rows: readonly Row[]): string {
  const peaks = [1, 2].flatMap((threads) => {
    const row = rows.find((row) => row.threads === threads && row.ofPeak !== null);
    if (!row) return [];
    return Math.round((row.tokensPerSecond * operationsPerToken(row.workload, row.mode)) / (row.ofPeak ?? 1) / 1e9);
  });
  const peak = peaks.length > 0 ? ` (FMA peak ${peaks.join(' / ')} GFLOP/s)` : '';
  const threads = [...new Set(rows.map((row) => row.threads))].map((n) => (n === 1 ? 'one thread' : 'two threads'));
  return `Tokens per second, ${threads.join(' / ')}, on ${cpus().length} cores of ${cpus()[0]?.model.trim()}${peak}, Node ${process.versions.node}.`;
}

/** A row per workload, a column per backend or peer, and for ours the fractions of the machine's limits. */
function tableOf(mode: Mode, rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const own = [...new Set(rows.filter((row) => !row.isPeer).map((row) => row.backend))];
  const peers = [...new Set(rows.filter((row) => row.isPeer).map((row) => row.backend))];
  const limits = mode === 'sample' ? ['of the FMA peak', 'of memory bandwidth'] : ['of the FMA peak'];
  const head = ['', ...own.slice(0, 1), ...limits, 'to the best peer', ...own.slice(1), ...peers];
  const lines = [...new Set(rows.map((row) => row.workload))].map((workload) => {
    const cell = (backend: string | undefined, text: (row: Row) => string | null) =>
      rows
        .filter((row) => row.workload === workload && row.backend === backend)
        .map((row) => text(row) ?? '–')
        .join(' / ');
    const speed = (backend: string) => cell(backend, (row) => rounded(row.tokensPerSecond));
    const fraction = (of: 'ofPeak' | 'ofBandwidth') =>
      cell(own[0], (row) => (row[of] === null ? null : percent(row[of])));
    const best = cell(own[0], (row) => {
      const peer = bestPeer(rows, row);
      return peer ? `${ratio(row, peer)}×` : null;
    });
    return [
      workload,
      ...own.slice(0, 1).map(speed),
      fraction('ofPeak'),
      ...(mode === 'sample' ? [fraction('ofBandwidth')] : []),
      best,
      ...own.slice(1).map(speed),
      ...peers.map(speed),
    ];
  });
  const table = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`);
  return `### ${HEADINGS[mode]}\n\n${table.join('\n')}\n\n`;
}

/** Three digits. */
const rounded = (x: number) => Number(x.toPrecision(3)).toLocaleString('en');

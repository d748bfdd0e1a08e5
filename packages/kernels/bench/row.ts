import type { Mode, Workload } from './workloads.ts';

/** What `--json` holds a list of. */
export interface Row {
  readonly workload: Workload;
  readonly mode: Mode;
  readonly backend: string;
  readonly threads: number;
  readonly isPeer: boolean;
  /** The median round. */
  readonly tokensPerSecond: number;
  /** (largest - smallest) / median over the rounds. */
  readonly range: number;
  readonly peakBytes: number;
  /** Operations that the model needs per second, as a fraction of the FMA peak of as many threads; null: not measured. */
  readonly ofPeak: number | null;
  /** At batch size 1: bytes of weights read per second, as a fraction of the memory bandwidth; null: not measured. */
  readonly ofBandwidth: number | null;
  /** `--busy`: the speed beside a busy process, as a fraction of the quiet speed; null: not measured. */
  readonly kept: number | null;
}

/** The fastest of the peers that did the same work. */
export function bestPeer(rows: readonly Row[], { workload, mode }: Row): Row | undefined {
  return rows
    .filter((row) => row.isPeer && row.workload === workload && row.mode === mode)
    .toSorted((a, b) => b.tokensPerSecond - a.tokensPerSecond)[0];
}

/** @param other what the row is compared with: a peer, or another workload */
export function lineOf(row: Row, other: Row | undefined): string {
  const { workload, mode, backend, threads, tokensPerSecond, range, peakBytes } = row;
  return [
    workload.padEnd(11),
    mode.padEnd(7),
    backend.padEnd(22),
    `${threads} ${threads === 1 ? 'thread ' : 'threads'}`,
    Math.round(tokensPerSecond).toLocaleString('en').padStart(9),
    'tokens/s',
    `±${(50 * range).toFixed(0)} %`.padStart(6),
    `${(peakBytes / 2 ** 20).toFixed(0)} MiB`.padStart(9),
    row.ofPeak === null ? '' : `${percent(row.ofPeak).padStart(5)} of FMA`,
    row.ofBandwidth === null ? '' : `${percent(row.ofBandwidth).padStart(6)} of memory`,
    row.kept === null ? '' : `keeps ${percent(row.kept)}`,
    other ? `${ratio(row, other)}× ${other.isPeer ? other.backend : other.workload}` : '',
  ]
    .join(' ')
    .trimEnd();
}

export const ratio = (row: Row, other: Row): string => (row.tokensPerSecond / other.tokensPerSecond).toFixed(2);

export const percent = (fraction: number): string => `${(100 * fraction).toFixed(0)} %`;

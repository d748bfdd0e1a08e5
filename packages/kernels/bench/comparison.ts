import type { BusyProcess } from './busy-process.ts';
import { Contender, type Entry, type Round } from './contender.ts';
import { FMA_PEAK, TRIAD } from './limits.ts';
import { operationsPerToken, weightBytesPerToken } from './operations.ts';
import type { Row } from './row.ts';
import type { SampledWorkload } from './workloads.ts';

interface Rounds {
  readonly contender: Contender;
  readonly quiet: Round[];
  readonly busy: Round[];
}

/** Starts all, lets them take turns, and returns their rows; `busy`: every round once more, beside that process. */
export async function compare(entries: readonly Entry[], rounds: number, busy?: BusyProcess): Promise<Row[]> {
  const taken: Rounds[] = [];
  for (const entry of entries) {
    const contender = await Contender.start(entry);
    if (contender instanceof Contender) taken.push({ contender, quiet: [], busy: [] });
    else leaveOut(entry, contender);
  }
  for (let k = 0; k < rounds; k++) {
    for (const { contender, ...rounds } of taken) {
      const quiet = await contender.round();
      if (quiet) rounds.quiet.push(quiet);
      const besides = busy && (await busy.beside(() => contender.round()));
      if (besides) rounds.busy.push(besides);
    }
  }
  for (const { contender } of taken) contender.stop();
  return rowsOf(taken.filter(({ quiet }) => quiet.length > 0));
}

function leaveOut({ workload, mode, name, threads, command }: Entry, reason: string): void {
  const who = `${name}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  console.error(`${workload} ${mode} ${who}: left out (${command[0] ? `${command[0]}: ` : ''}${reason})`);
}

function rowsOf(taken: readonly Rounds[]): Row[] {
  const limit = (name: string, threads: number) => {
    const found = taken.find(({ contender: { entry } }) => entry.name === name && entry.threads === threads);
    return found && median(found.quiet);
  };
  return taken.flatMap(({ contender: { entry, version }, quiet, busy }) => {
    const { workload, mode, name, threads } = entry;
    if (name === FMA_PEAK || name === TRIAD) return [];
    const speeds = quiet.map(({ perSecond }) => perSecond);
    const speed = median(quiet);
    const [peak, triad] = [limit(FMA_PEAK, threads), limit(TRIAD, threads)];
    const needed = { operations: operationsPerToken(workload, mode), bytes: NaN };
    if (mode === 'sample') needed.bytes = weightBytesPerToken(workload as SampledWorkload, name.endsWith('int8'));
    return {
      workload,
      mode,
      backend: `${name} ${version}`.trim(),
      threads,
      isPeer: entry.isPeer,
      tokensPerSecond: speed,
      range: (Math.max(...speeds) - Math.min(...speeds)) / speed,
      peakBytes: Math.max(...quiet.map(({ peakBytes }) => peakBytes)),
      ofPeak: peak ? (speed * needed.operations) / peak : null,
      ofBandwidth: triad && mode === 'sample' ? (speed * needed.bytes) / triad : null,
      kept: busy.length > 0 ? median(busy) / speed : null,
    };
  });
}

function median(rounds: readonly Round[]): number {
  return rounds.map(({ perSecond }) => perSecond).toSorted((a, b) => a - b)[rounds.length >> 1] as number;
}

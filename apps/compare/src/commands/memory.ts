import { meanAndSd } from '@unroll/metrics';
import { type Context, type JsonObject, table } from '@unroll/run';
import type { MemoryConfig } from '../config.ts';
import { memoryEntries } from '../memory/memory-entries.ts';
import { SOLVED } from '../memory/solved.ts';
import { grouped } from '../report/grouped.ts';
import { publish } from '../report/publication.ts';
import type { RunSummary } from '../report/run-summary.ts';
import { Comparison } from '../running/comparison.ts';
import { runEntries } from '../running/run-entries.ts';
import { freeFolder } from './run.ts';

/** `memory`: cell × delay, solved or not; what the microscope says of each run is in the report. */
export async function compareMemory(config: MemoryConfig, context: Context): Promise<JsonObject> {
  const comparison = Comparison.create(config.out ?? freeFolder('compare-memory'), context.command, undefined);
  const { jobs, backend } = config;
  await runEntries(comparison, memoryEntries(config), { jobs, words: ['--backend', backend] }, context);
  return await publish(comparison, config.report, context, (runs) => `${memoryTable(runs)}\n`);
}

/** For every task: a row a cell, a column a delay; in each field the steps to solve it, or the share of right answers. */
export function memoryTable(runs: readonly RunSummary[]): string {
  const delays = [...new Set(runs.map(({ delay = 0 }) => delay))].toSorted((a, b) => a - b);
  const rows = [...grouped(runs, ({ task, cell, variant = '' }) => [task, cell, variant].join(' ')).values()].map(
    (runs) => {
      const [{ task, cell, variant }] = runs as [RunSummary];
      const fields = delays.map((delay) => fieldOf(runs.filter((run) => run.delay === delay)));
      return [task, variant === undefined ? cell : `${cell}, ${variant}`, ...fields];
    },
  );
  return table(['steps to solve', 'cell', ...delays.map((delay) => `over ${delay}`)], rows);
}

/** `350`, the mean of the seeds that solved it; `2/3: 350`; `no: 41 % right`. */
function fieldOf(runs: readonly RunSummary[]): string {
  if (runs.length === 0) return '';
  const solved = runs.filter(({ quality = 0 }) => quality >= SOLVED);
  if (solved.length === 0) {
    if (runs.every(({ status }) => status === 'failed')) return 'no: it diverged';
    return `no: ${(100 * meanAndSd(runs.map(({ quality = 0 }) => quality)).mean).toFixed(0)} % right`;
  }
  const steps = meanAndSd(solved.map(({ steps }) => steps)).mean.toFixed(0);
  return solved.length === runs.length ? steps : `${solved.length}/${runs.length}: ${steps}`;
}

import { meanAndSd } from '@unroll/metrics';
import { CELL_NAMES, CheckpointError } from '@unroll/rnn-core';
import { type Context, command, type JsonObject, nextFreeFolder, shellQuoted, table } from '@unroll/run';
import { z } from 'zod';
import { MEMORY_TASK_NAMES } from '../memory/memory-tasks.ts';
import { SOLVED } from '../memory/solved.ts';
import { grouped } from '../report/grouped.ts';
import { checkReport, failures, publish } from '../report/publish.ts';
import type { RunSummary } from '../report/run-summary.ts';
import { Comparison } from '../running/comparison.ts';
import { runEntries } from '../running/run-entries.ts';
import { isNew, NEW, numbers, runningFlags, runningRenamed } from './running-flags.ts';

const section = 'Matrix';

const memorySchema = z.object({
  tasks: z
    .array(z.enum(MEMORY_TASK_NAMES))
    .min(1)
    .default([...MEMORY_TASK_NAMES])
    .meta({ description: 'memory tasks', section }),
  cells: z
    .array(z.enum([...CELL_NAMES, 'relu']))
    .min(1)
    .default(['rnn', 'gru', 'lstm'])
    .meta({ description: 'recurrent cells; relu = an RNN with relu in place of tanh', section }),
  delays: numbers('approximate number of steps over which to remember', 1).default([10, 40, 100]),
  seeds: numbers('seeds', 0).default([1]),
  hiddenSize: z.int().min(1).default(32).meta({ description: 'hidden units', section }),
  steps: z.int().min(1).default(1000).meta({ description: 'steps after which an unsolved run ends', section }),
  ...runningFlags,
});

type MemoryConfig = z.output<typeof memorySchema>;

/** `memory`: cell × delay, solved or not; the diagnosis of each run's gradients is in the report. */
export const memoryCommand = command({
  schema: memorySchema,
  renamed: { hidden: 'hiddenSize', ...runningRenamed },
  requires: [{ flags: ['tasks', 'cells', 'delays', 'seeds', 'hiddenSize', 'steps', 'out'], when: isNew, needs: NEW }],
  run: compareMemory,
});

async function compareMemory(config: MemoryConfig, context: Context): Promise<JsonObject> {
  checkReport(config.report);
  using comparison = config.resume === undefined ? created(config, context) : Comparison.resume(config.resume);
  if (!('memory' in comparison.plan))
    throw new CheckpointError(
      `${comparison.folder}: is a comparison of compare run, not of compare memory; use run --resume`,
    );
  const again = `${context.invocation} memory --resume ${shellQuoted(comparison.folder)}`;
  await runEntries(comparison, { ...config, again }, context);
  return await publish(comparison, config.report, context, again, (runs) =>
    [memoryTable(runs), ...failures(runs), ''].join('\n'),
  );
}

function created(config: MemoryConfig, { command }: Context): Comparison {
  const { tasks, cells, delays, seeds, hiddenSize, steps } = config;
  const memory = { tasks, cells, delays, seeds, hiddenSize, steps };
  return Comparison.create(config.out ?? nextFreeFolder('compare-memory'), command, { memory });
}

/** For every task a row per cell and a column per delay: the steps to solve it, or the accuracy. */
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

/** `350`, the mean of the seeds that solved it; `2/3: 350`; `no: accuracy 41 %`. */
function fieldOf(runs: readonly RunSummary[]): string {
  if (runs.length === 0) return '';
  const solved = runs.filter(({ score = 0 }) => score >= SOLVED);
  if (solved.length === 0) {
    const scores = runs.flatMap(({ score }) => score ?? []);
    return scores.length === 0 ? 'failed' : `no: accuracy ${(100 * meanAndSd(scores).mean).toFixed(0)} %`;
  }
  const steps = meanAndSd(solved.map(({ steps }) => steps)).mean.toFixed(0);
  return solved.length === runs.length ? steps : `${solved.length}/${runs.length}: ${steps}`;
}

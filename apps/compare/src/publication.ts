import { join } from 'node:path';
import { type Context, type JsonObject, writeAtomically } from '@unroll/run';
import type { Comparison } from './comparison.ts';
import { groupsOf } from './group.ts';
import { groupTable } from './group-table.ts';
import { reportPage } from './report-page.ts';
import type { RunSummary } from './run-summary.ts';

/** Shows a comparison: a table and the verdicts on the terminal, the report as a file. @returns what `--json` prints */
export async function publish(
  comparison: Comparison,
  report: string | undefined,
  context: Context,
): Promise<JsonObject> {
  const runs = comparison.summaries();
  const file = report ?? join(comparison.folder, 'report.html');
  const { out } = context;
  await writeReport(runs, comparison.command, file);
  show(runs, context);
  for (const [run, failure] of comparison.stillborn) out.write(`${run}: failed: ${failure}\n`);
  out.write(`\nThe report: ${file}\n`);
  return {
    comparison: comparison.folder,
    report: file,
    ...figuresOf(runs),
    failures: Object.fromEntries(comparison.stillborn),
  };
}

export async function writeReport(runs: readonly RunSummary[], command: string, file: string): Promise<void> {
  writeAtomically(file, await reportPage({ runs, groups: groupsOf(runs), command, isLive: false }));
}

/** The table and what the microscope says. */
export function show(runs: readonly RunSummary[], { out }: Context): void {
  out.write(`\n${groupTable(groupsOf(runs))}\n`);
  const watched = runs.filter(({ verdict }) => verdict);
  if (watched.length > 0) out.write('\nGradients through time\n');
  for (const { name, verdict } of watched) out.write(`  ${name}: ${verdict?.text}\n`);
  for (const { name, failure } of runs) if (failure !== undefined) out.write(`  ${name} failed: ${failure}\n`);
}

/** Every run's figure and every group's, for programs. */
export function figuresOf(runs: readonly RunSummary[]): JsonObject {
  return {
    runs: runs.map(({ verdict, ...run }) => ({
      ...run,
      ...(verdict && { verdict: verdict.text }),
      // What pictures are drawn from stays in the report.
      glimpses: undefined,
      curve: undefined,
      samples: undefined,
    })),
    groups: groupsOf(runs).map(({ figure, ...group }) => ({ ...group, ...(figure && { figure: { ...figure } }) })),
  };
}

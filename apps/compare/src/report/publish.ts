import { join } from 'node:path';
import { type Context, type JsonObject, writeAtomically } from '@unroll/run';
import type { Comparison } from '../running/comparison.ts';
import { groupsOf } from './group.ts';
import { groupTable } from './group-table.ts';
import { reportPage } from './report-page.ts';
import type { RunSummary } from './run-summary.ts';

/**
 * Shows a comparison on the terminal, and the report as a file.
 *
 * @param overview what the terminal shows of the runs
 * @returns what `--json` prints
 */
export async function publish(
  comparison: Comparison,
  report: string | undefined,
  context: Context,
  overview = tableAndVerdicts,
): Promise<JsonObject> {
  const runs = comparison.summaries();
  const file = report ?? join(comparison.folder, 'report.html');
  const { out } = context;
  await writeReport(runs, comparison.command, file);
  out.write(`\n${overview(runs)}`);
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
  writeAtomically(file, reportPage({ runs, groups: groupsOf(runs), command, isLive: false }));
}

/** The table, and what the microscope says: of runs that differ in their seed alone, about the first. */
export function tableAndVerdicts(runs: readonly RunSummary[]): string {
  const groups = groupsOf(runs);
  const firsts = new Set(groups.map(({ names }) => names[0]));
  const diagnoses = runs.flatMap(({ name, diagnosis }) =>
    diagnosis && firsts.has(name) ? `  ${name}: ${diagnosis.text}` : [],
  );
  return [
    groupTable(groups),
    ...(diagnoses.length > 0 ? ['', 'Gradients through time', ...diagnoses] : []),
    ...runs.flatMap(({ name, failure }) => (failure === undefined ? [] : `  ${name} failed: ${failure}`)),
    '',
  ].join('\n');
}

/** Every run's figure and every group's, for programs. */
export function figuresOf(runs: readonly RunSummary[]): JsonObject {
  return {
    runs: runs.map(({ diagnosis, ...run }) => ({
      ...run,
      ...(diagnosis && { diagnosis: diagnosis.text }),
      // What pictures are drawn from stays in the report.
      snapshots: undefined,
      curve: undefined,
      samples: undefined,
    })),
    groups: groupsOf(runs).map(({ figure, ...group }) => ({ ...group, ...(figure && { figure: { ...figure } }) })),
  };
}

import { join } from 'node:path';
import type { Context, JsonObject } from '@unroll/run';
import type { ReportConfig } from '../config.ts';
import { figuresOf, tableAndVerdicts, writeReport } from '../report/publication.ts';
import { summariesOf } from '../running/comparison.ts';

/** `report`: reports on comparisons and runs that are there, however they came about. */
export async function reportComparison({ folders, out }: ReportConfig, context: Context): Promise<JsonObject> {
  const runs = summariesOf(folders);
  const file = out ?? join(folders[0] as string, 'report.html');
  await writeReport(runs, context.command, file);
  context.out.write(`\n${tableAndVerdicts(runs)}\nThe report: ${file}\n`);
  return { report: file, ...figuresOf(runs) };
}

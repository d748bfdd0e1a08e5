import { join } from 'node:path';
import { type Context, command, type JsonObject, outputFlags } from '@unroll/run';
import { z } from 'zod';
import { resultsOf, tableAndDiagnoses, writeReport } from '../report/publish.ts';
import { summariesOf } from '../running/comparison.ts';

/** Folders to report on. */
export const folders = z.array(z.string().min(1)).min(1).meta({
  description: 'folders of comparisons or of single runs',
  argument: 'DIR',
});

const reportSchema = z.object({
  folders,
  report: z.string().min(1).optional().meta({
    description: 'file of the report; by default report.html in the first folder',
    placeholder: 'FILE',
    section: 'Output',
  }),
  ...outputFlags,
});

/** `report`: reports on comparisons and runs, whoever trained them. */
export const reportCommand = command({
  schema: reportSchema,
  renamed: { out: 'report' },
  run: reportComparison,
});

async function reportComparison(
  { folders, report }: z.output<typeof reportSchema>,
  context: Context,
): Promise<JsonObject> {
  const runs = summariesOf(folders);
  const file = report ?? join(folders[0] as string, 'report.html');
  await writeReport(runs, context.command, file);
  context.out.write(`\n${await tableAndDiagnoses(runs, context.out)}\nReport: ${file}\n`);
  return { report: file, ...(await resultsOf(runs)) };
}

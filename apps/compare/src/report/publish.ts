import { accessSync, constants, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DataError } from '@unroll/rnn-core';
import {
  type Context,
  FileError,
  type JsonObject,
  type OutputStream,
  onFile,
  PartialFailure,
  writeAtomically,
} from '@unroll/run';
import type { Comparison } from '../running/comparison.ts';
import { groupRuns } from './group.ts';
import { groupTable } from './group-table.ts';
import { checkPage, reportPage } from './report-page.ts';
import type { RunSummary } from './run-summary.ts';

/**
 * Shows a comparison on the terminal, and writes the report.
 *
 * @param again the command that continues it
 * @param overview what the terminal shows of the runs
 * @returns what `--json` prints
 * @throws PartialFailure when runs have failed, with the same
 */
export async function publish(
  comparison: Comparison,
  report: string | undefined,
  context: Context,
  again: string,
  overview: (runs: readonly RunSummary[], stream: OutputStream) => string | Promise<string> = tableAndDiagnoses,
): Promise<JsonObject> {
  const runs = comparison.summaries();
  const file = report ?? join(comparison.folder, 'report.html');
  await writeReport(runs, comparison.command, file);
  context.out.write(`\n${await overview(runs, context.out)}\nReport: ${file}\n`);
  const result = { comparison: comparison.folder, report: file, ...(await resultsOf(runs)) };
  const failed = runs.filter(({ status }) => status === 'failed').length;
  if (failed > 0)
    throw new PartialFailure(`${failed} of ${runs.length} runs failed; run those again with: ${again}`, result);
  return result;
}

/**
 * Checks before the first run that its report can be written after the last.
 *
 * @throws DataError when its page has not been built
 * @throws FileError when its folder is none that can be written to
 */
export function checkReport(file: string | undefined): void {
  checkPage();
  if (file === undefined) return;
  onFile(file, 'written', () => {
    accessSync(dirname(file), constants.W_OK);
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw new FileError(file, 'written', 'EISDIR');
  });
}

/** @throws DataError when there are no runs: an empty report never replaces one */
export async function writeReport(runs: readonly RunSummary[], command: string, file: string): Promise<void> {
  if (runs.length === 0) throw new DataError(`${file}: must have at least one run to report on, got none`);
  writeAtomically(file, reportPage({ runs, groups: await groupRuns(runs), command, isLive: false }));
}

/** The table, and a diagnosis per group: that of its first run. */
export async function tableAndDiagnoses(runs: readonly RunSummary[], stream: OutputStream): Promise<string> {
  const groups = await groupRuns(runs);
  const firsts = new Set(groups.map(({ folders }) => folders[0]));
  const diagnoses = runs.flatMap(({ name, folder, diagnosis }) =>
    diagnosis && firsts.has(folder) ? `  ${name}: ${diagnosis.text}` : [],
  );
  return [
    groupTable(groups, stream),
    ...(diagnoses.length > 0 ? ['', 'Gradients through time', ...diagnoses] : []),
    ...failures(runs),
    '',
  ].join('\n');
}

/** A line per failed run. */
export function failures(runs: readonly RunSummary[]): string[] {
  const lines = runs.flatMap(({ name, failure }) => (failure === undefined ? [] : `  ${name}: ${failure}`));
  return lines.length > 0 ? ['', 'Failed', ...lines] : [];
}

/** The scores of every run and every group, for programs. */
export async function resultsOf(runs: readonly RunSummary[]): Promise<JsonObject> {
  return {
    runs: runs.map(({ diagnosis, metric, ...run }) => ({
      ...run,
      metric: { ...metric },
      ...(diagnosis && { diagnosis: diagnosis.text }),
      // What pictures are drawn from stays in the report.
      snapshots: undefined,
      curve: undefined,
      samples: undefined,
    })),
    groups: (await groupRuns(runs)).map(({ score, metric, ...group }) => ({
      ...group,
      metric: { ...metric },
      ...(score && { score: { ...score } }),
    })),
  };
}

import { execFile } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import {
  appOf,
  type Finished,
  finishedFile,
  isSame,
  type Plan,
  type Run,
  readFinished,
  readPlan,
  runsOf,
} from './plan.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const AT_A_TIME = 2; // of one thread each
const executeFile = promisify(execFile);

const trainedSchema = z.object({
  steps: z.int(),
  bestLoss: z.number(),
  averages: z.object({ checkpoint: z.number(), ofBest: z.number(), ofLast: z.number() }).optional(),
});
const evaluatedSchema = z.object({ chrf2: z.object({ score: z.number() }) });

/**
 * Trains the runs of a plan that are not finished, and appends each to the file of finished runs. A run that fails stops no other.
 *
 * @throws Error when runs have failed
 */
export async function trainMissing(name: string): Promise<void> {
  const plan = readPlan(name);
  const finished = readFinished(name);
  const missing = runsOf(plan).filter((run) => !finished.some((other) => isSame(run, other)));
  const total = missing.length;
  let [done, failed] = [0, 0];
  const folder = mkdtempSync(join(tmpdir(), 'ablation-'));
  const worker = async (): Promise<void> => {
    for (let run = missing.shift(); run; run = missing.shift()) {
      const { data, seconds, seed, part } = run;
      const title = `${data}, ${seconds} s, seed ${seed}, ${part}`;
      try {
        const result = await train(appOf(name), plan, run, folder);
        appendFileSync(finishedFile(name), `${JSON.stringify(result)}\n`);
        console.log(`${++done}/${total} ${title}: ${result.loss}`);
      } catch (error) {
        failed++;
        console.error(`${title}: ${(error as Error).message.trimEnd().split('\n').at(-1)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  rmSync(folder, { recursive: true });
  if (failed > 0) throw new Error(`${failed} of ${total} runs failed`);
}

async function train(app: string, plan: Plan, run: Run, folder: string): Promise<Finished> {
  const parent = mkdtempSync(join(folder, 'run-'));
  const out = join(parent, 'run');
  const data = [...(plan.data[run.data] ?? []), ...(plan.parts[run.part] ?? [])];
  const time = ['--minutes', `${run.seconds / 60}`, '--seed', `${run.seed}`];
  const trained = trainedSchema.parse(await execute(app, ['train', ...data, ...time, '--out', out]));
  const evaluated = plan.evaluate && evaluatedSchema.parse(await execute(app, ['evaluate', out, ...plan.evaluate]));
  rmSync(parent, { recursive: true });
  const { bestLoss, steps, averages } = trained;
  return {
    ...run,
    steps,
    loss: rounded(averages?.checkpoint ?? bestLoss, 4),
    ...(averages && { averaged: rounded(Math.min(averages.ofBest, averages.ofLast), 4) }),
    ...(evaluated && { chrf2: rounded(evaluated.chrf2.score, 2) }),
  };
}

/** What a command of an application prints with `--json`. */
async function execute(app: string, args: readonly string[]): Promise<unknown> {
  const all = ['.ci/start.mjs', `apps/${app}/src/cli.ts`, ...args, '--threads', '1', '--json'];
  const { stdout } = await executeFile(process.execPath, all, { cwd: ROOT, maxBuffer: 2 ** 28 });
  return JSON.parse(stdout);
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

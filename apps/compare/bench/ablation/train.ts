import { execFile } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Finished, isSame, lossesFile, type Plan, type Run, readFinished, readPlan, runsOf } from './plan.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const AT_A_TIME = 2; // of one thread each
const execute = promisify(execFile);

/** Trains the runs of a plan that are not finished, and appends each to the file of losses. */
export async function trainMissing(name: string): Promise<void> {
  const plan = readPlan(name);
  const finished = readFinished(name);
  const missing = runsOf(plan).filter((run) => !finished.some((other) => isSame(run, other)));
  const total = missing.length;
  let done = 0;
  const folder = mkdtempSync(join(tmpdir(), 'ablation-'));
  const worker = async (): Promise<void> => {
    for (let run = missing.shift(); run; run = missing.shift()) {
      const result = await train(plan, run, folder);
      appendFileSync(lossesFile(name), `${JSON.stringify(result)}\n`);
      const { data, seconds, seed, part, loss } = result;
      console.log(`${++done}/${total} ${data}, ${seconds} s, seed ${seed}, ${part}: ${loss}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function train(plan: Plan, run: Run, folder: string): Promise<Finished> {
  const out = mkdtempSync(join(folder, 'run-'));
  const settings = ['--minutes', `${run.seconds / 60}`, '--seed', `${run.seed}`, '--threads', '1', '--json'];
  const flags = [
    ...(plan.data[run.data] ?? []),
    ...(plan.parts[run.part] ?? []),
    ...settings,
    '--out',
    join(out, 'run'),
  ];
  const cli = ['.ci/start.mjs', `apps/${plan.app}/src/cli.ts`, 'train'];
  const { stdout } = await execute(process.execPath, [...cli, ...flags], { cwd: ROOT, maxBuffer: 2 ** 28 });
  rmSync(out, { recursive: true });
  const { bestLoss, steps } = JSON.parse(stdout) as { bestLoss: number; steps: number };
  return { ...run, steps, loss: Number(bestLoss.toFixed(4)) };
}

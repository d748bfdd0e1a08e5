/** `train APP` trains the runs of APP.json that are not in APP.jsonl, `table APP` prints what they have shown. */
import process from 'node:process';
import { APPS, readFinished, readPlan } from './plan.ts';
import { tableOf } from './table.ts';
import { trainMissing } from './train.ts';

const [command = '', app = ''] = process.argv.slice(2);
if (!['train', 'table'].includes(command) || !APPS.includes(app)) {
  console.error(
    `ablation: must be given train or table, and ${APPS.join(' or ')}, got ${command || 'nothing'} ${app}`,
  );
  process.exitCode = 2;
} else if (command === 'table') console.log(tableOf(readPlan(app), readFinished(app)));
else
  try {
    await trainMissing(readPlan(app));
  } catch (error) {
    console.error(`ablation: ${(error as Error).message.trimEnd().split('\n').at(-1)}; run it again for the rest`);
    process.exitCode = 1;
  }

/** `train APP` trains the runs of APP.json that are not in APP.jsonl, `table APP` prints what they have shown. */
import process from 'node:process';
import { readFinished, readPlan } from './plan.ts';
import { tableOf } from './table.ts';
import { trainMissing } from './train.ts';

const [command, app = ''] = process.argv.slice(2);
if (command === 'train') await trainMissing(readPlan(app));
else if (command === 'table') console.log(tableOf(readPlan(app), readFinished(app)));
else {
  console.error(`ablation: must be given train or table and an application, got ${command ?? 'nothing'}`);
  process.exitCode = 2;
}

/** `train PLAN` trains the runs of PLAN.json that are not in PLAN.jsonl, `table PLAN` prints what they have shown. */
import process from 'node:process';
import { PLANS, readFinished, readPlan } from './plan.ts';
import { tablesOf } from './table.ts';
import { trainMissing } from './train.ts';

const [command = '', name = ''] = process.argv.slice(2);
if (!['train', 'table'].includes(command) || !PLANS.includes(name)) {
  console.error(
    `ablation: must be given train or table, and ${PLANS.join(' or ')}, got ${command || 'nothing'} ${name}`,
  );
  process.exitCode = 2;
} else if (command === 'table') console.log(tablesOf(readPlan(name), readFinished(name)).join('\n\n'));
else
  try {
    await trainMissing(name);
  } catch (error) {
    console.error(`ablation: ${(error as Error).message}; run it again for the rest`);
    process.exitCode = 1;
  }

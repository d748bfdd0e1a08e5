/** `fit` prints the rule's coefficients from runs.jsonl and their error; `collect OUT` makes the trainings again. */
import { collect } from './collect.ts';
import { fitRule } from './fit.ts';
import { RUNS, readRuns } from './runs.ts';

const [command, out] = process.argv.slice(2);
if (command === 'collect' && out) await collect(readRuns(RUNS), out);
else if (command === 'fit') {
  for (const [name, { line, leftOut }] of Object.entries(fitRule(readRuns(RUNS)))) {
    console.log(`${name}: [${line.map((x: number) => x.toFixed(3)).join(', ')}]`);
    for (const { group, lost } of leftOut)
      console.log(`  left out: ${group}: loses ${lost.toFixed(4)} nats per byte`);
  }
} else {
  console.error('minutes-rule: must be given fit, or collect and a file to write, got neither');
  process.exitCode = 2;
}

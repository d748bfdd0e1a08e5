/** `fit` prints the rule's coefficients from runs.jsonl and its error; `collect OUT` trains the runs again; `addresses OUT` writes their longest text. */
import { writeFileSync } from 'node:fs';
import { readAddresses } from './addresses.ts';
import { collect } from './collect.ts';
import { fitRule } from './fit.ts';
import { gridRuns } from './runs.ts';

const [command, out] = process.argv.slice(2);
if (command === 'collect' && out) await collect(out);
else if (command === 'addresses' && out) writeFileSync(out, readAddresses());
else if (command === 'fit') {
  const { size, dropout, leftOut } = fitRule(gridRuns());
  console.log(`size: [${list(size)}], dropout: [${list(dropout)}]\n\nleft out, in turn:`);
  for (const { text, reads, optimizer, best, predicted, lost } of leftOut)
    console.log(
      `${text}, ${reads} characters by 256 units, ${optimizer}: best ${best.toFixed(0)} units, predicted ${predicted.toFixed(0)}, which loses ${lost.toFixed(4)} nats`,
    );
} else {
  console.error('minutes-rule: must be given fit, or collect or addresses and a file to write, got neither');
  process.exitCode = 2;
}

function list(numbers: readonly number[]): string {
  return numbers.map((x) => x.toFixed(2)).join(', ');
}

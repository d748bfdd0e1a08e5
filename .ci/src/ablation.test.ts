import { readFileSync } from 'node:fs';
import { type Command, type Entry, entryTarget, type Program, readCommandLine } from '@unroll/run';
import { describe, expect, test } from 'vitest';
import { isSame, PLANS, readFinished, readPlan, runsOf } from '../../apps/compare/bench/ablation/plan.ts';
import { tableOf } from '../../apps/compare/bench/ablation/table.ts';
import { program as unroll } from '../../apps/unroll/src/program.ts';

const README = readFileSync(new URL('../../apps/compare/bench/ablation/README.md', import.meta.url), 'utf8');

describe.each(PLANS)('%s', (name) => {
  const plan = readPlan(name);

  test('trains with flags that there are', async () => {
    const program = (await entryTarget(unroll.commands[plan.app] as Entry)) as Program;
    const { flags, renamed } = (await entryTarget(program.commands['train'] as Entry)) as Command;
    for (const of of [...Object.values(plan.data), ...Object.values(plan.parts)])
      expect(() => readCommandLine(of, flags, renamed), of.join(' ')).not.toThrow();
  });

  test('has every run of its plan, and the README its table', () => {
    const finished = readFinished(name);
    for (const run of runsOf(plan))
      expect(
        finished.filter((other) => isSame(run, other)),
        JSON.stringify(run),
      ).toHaveLength(1);
    expect(README).toContain(tableOf(plan, finished));
  });
});

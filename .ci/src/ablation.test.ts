import { type Command, type Entry, entryTarget, type Program, readCommandLine } from '@unroll/run';
import { describe, expect, test } from 'vitest';
import {
  appOf,
  isSame,
  PLANS,
  readFinished,
  readmeOf,
  readPlan,
  runsOf,
} from '../../apps/compare/bench/ablation/plan.ts';
import { tablesOf } from '../../apps/compare/bench/ablation/table.ts';
import { program as unroll } from '../../apps/unroll/src/program.ts';

describe.each(PLANS)('%s', (name) => {
  const plan = readPlan(name);

  test('trains with flags that there are', async () => {
    const program = (await entryTarget(unroll.commands[appOf(name)] as Entry)) as Program;
    const commandNamed = async (name: string) => (await entryTarget(program.commands[name] as Entry)) as Command;
    const [training, evaluation] = [await commandNamed('train'), await commandNamed('evaluate')];
    for (const of of [...Object.values(plan.data), ...Object.values(plan.parts)])
      expect(() => readCommandLine(of, training.flags, training.renamed), of.join(' ')).not.toThrow();
    expect(() =>
      readCommandLine(['DIR', ...(plan.evaluate ?? [])], evaluation.flags, evaluation.renamed),
    ).not.toThrow();
  });

  test('has every run of its plan, and the README its table', () => {
    const finished = readFinished(name);
    for (const run of runsOf(plan))
      expect(
        finished.filter((other) => isSame(run, other)),
        JSON.stringify(run),
      ).toHaveLength(1);
    for (const table of tablesOf(plan, finished)) expect(readmeOf(name)).toContain(table);
  });
});

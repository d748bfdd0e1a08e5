import type { Context, JsonObject } from '@unroll/run';
import { drawHeatMap } from '../attention-map/heat-map.ts';
import { readParallel } from '../data/pairs.ts';
import { taskOf } from '../evaluation.ts';
import { searchOptions, translateAll } from '../search/translating.ts';
import type { TrainConfig } from './config.ts';
import { trainTranslator } from './train.ts';
import { heatMap } from './translate.ts';

const SHOWN = 3;
const SHORT = 60; // characters: what fits a heat map on a terminal

/** `start`: trains on the built-in data, and shows what came of it. */
export async function startTranslate(config: TrainConfig, context: Context): Promise<JsonObject> {
  const { out } = context;
  const { run, result } = await trainTranslator(config, context, async (interpreter, { translations }) => {
    const { test, valid } = await readParallel(config);
    const { sources, references } = taskOf(test ?? valid);
    const some = [...sources.keys()].filter((k) => (sources[k] as string).length <= SHORT).slice(0, SHOWN);
    for (const k of some)
      out.write(`\n  English  ${sources[k]}\n  model    ${translations[k]}\n  human    ${references[0]?.[k]}\n`);
    const sentence = sources[some[0] ?? 0] as string;
    const [[best] = []] = await translateAll(interpreter, [sentence], searchOptions(config, { withAttention: true }));
    out.write('\nWhere it looked: a row for each subword it wrote, a column for each it read.\n\n');
    out.write(`${drawHeatMap(heatMap(interpreter.subwords, sentence, best))}\n`);
  });
  out.write(`
The run lies in ${run}. What to do next:
  ${context.invocation} translate ${run} 'Cannot find the file.'
  ${context.invocation} train --preset messages --minutes 10
  ${context.invocation} train --source sentences.txt --target translations.txt --minutes 10
`);
  return result;
}

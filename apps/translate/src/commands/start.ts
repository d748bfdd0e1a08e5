import { type Context, command, initialRequires, type JsonObject, shellQuoted } from '@unroll/run';
import { drawHeatMap, heatMapOf } from '../attention/heat-map.ts';
import { readParallel } from '../data/pairs.ts';
import { groupReferences } from '../evaluation.ts';
import { SUBWORDS } from './chosen-settings.ts';
import { openTranslator } from './open-translator.ts';
import { searchOptions } from './search-flags.ts';
import { attentionRequires, type TrainConfig, trainRequires, trainSources, trainTranslator } from './train.ts';

const EXAMPLES = 3;
const MAX_EXAMPLE_LENGTH = 60; // characters, so that the heat map fits a terminal

async function start(config: TrainConfig, context: Context, unset: ReadonlySet<string>): Promise<JsonObject> {
  const { out } = context;
  const { run, evaluation, result } = await trainTranslator(config, context, unset);
  const { test, valid } = await readParallel(config);
  const { sources, references } = groupReferences(test ?? valid);
  const examples = [...sources.keys()]
    .filter((k) => (sources[k] as string).length <= MAX_EXAMPLE_LENGTH)
    .slice(0, EXAMPLES);
  for (const k of examples)
    out.write(
      `\n  source     ${sources[k]}\n  model      ${evaluation.translations[k]}\n  reference  ${references[0]?.[k]}\n`,
    );

  using translator = await openTranslator({ ...config, dir: run, checkpoint: 'best' }, context);
  const sentence = sources[examples[0] ?? 0] as string;
  const [[best] = []] = await translator.search([sentence], { ...searchOptions(config), withAttention: true });
  out.write('\nAttention weights: a row per subword of the translation, a column per subword of the source.\n\n');
  out.write(`${drawHeatMap(heatMapOf(translator.tokenizer, sentence, best))}\n`);
  out.write(`
The run is in ${run}. What to do next:
  ${context.invocation} translate ${shellQuoted(run)} 'Cannot find the file.'
  ${context.invocation} train --preset messages --minutes 10
  ${context.invocation} train --source sentences.txt --target translations.txt --minutes 10
`);
  return result;
}

export const startCommand = command({
  ...trainSources,
  requires: [...trainRequires, ...attentionRequires, ...initialRequires('translate', SUBWORDS)],
  run: start,
});

import { type Context, duration, type JsonObject } from '@unroll/run';
import type { TrainConfig } from '../config.ts';
import { readLabelledTexts } from '../data/labelled-texts.ts';
import { TrainedModel } from '../prediction/trained-model.ts';
import { compare } from './evaluate.ts';
import { explainTexts } from './explain.ts';
import { trainOn } from './train.ts';

const EXAMPLES = [
  'The battery lasts all day and the sound is wonderful!',
  'Two hours I will never get back; even the popcorn was stale.',
  "It isn't bad, but I wouldn't go there again.",
];

/** `start`: trains, holds the model beside its baselines, shows how it judges, and the way on. */
export async function startSentiment(config: TrainConfig, context: Context): Promise<JsonObject> {
  const texts = await readLabelledTexts(config);
  const { run, result } = await trainOn(() => texts, config, context);
  const { out, invocation } = context;

  using trained = await TrainedModel.open({ ...config, dir: run, checkpoint: 'best' }, context);
  out.write(`\nOn ${texts.test.length} texts that nobody has learnt from:\n\n`);
  const evaluation = compare(trained, texts.test, texts, context);
  out.write('\nWhat moved its verdicts:\n\n');
  const explanations = explainTexts(trained, EXAMPLES, context);
  out.write(
    [
      `The run is in ${run}, trained for ${duration(Number(result['seconds']))}. Go on with:`,
      `  ${invocation} predict ${run} "Wow, loved it"`,
      `  ${invocation} explain ${run} "Wow, loved it"`,
      `  ${invocation} train --data YOUR.csv --text-column text --label-column label`,
      '',
    ].join('\n'),
  );
  return { ...result, evaluation, explanations };
}

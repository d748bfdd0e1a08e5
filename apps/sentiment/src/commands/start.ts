import {
  type Command,
  type Context,
  command,
  duration,
  type JsonObject,
  shellQuoted,
  withMinutes,
} from '@unroll/run';
import { evaluateOn } from './evaluate.ts';
import { explainTexts } from './explain.ts';
import { openClassifier } from './open-classifier.ts';
import { readTexts, trainOn } from './train.ts';
import { type TrainConfig, trainSources } from './train-flags.ts';

const EXAMPLES = [
  'The battery lasts all day and the sound is wonderful!',
  'Two hours I will never get back; even the popcorn was stale.',
  "It isn't bad, but I wouldn't go there again.",
];

const trainAndExplain = command({
  ...trainSources,
  run: start,
});

/** `start`: by default for half a minute. */
export const startCommand: Command = {
  ...trainAndExplain,
  execute: (app, given, context) => trainAndExplain.execute(app, withMinutes(given, 0.5), context),
};

/** Trains, compares the model with its baselines, explains a few predictions, and names the next commands. */
async function start(config: TrainConfig, context: Context, unset: ReadonlySet<string>): Promise<JsonObject> {
  const texts = await readTexts(config, context);
  const { run, result } = await trainOn(() => texts, config, context, unset);
  const { out, invocation } = context;

  using open = await openClassifier({ ...config, dir: run, checkpoint: 'best' }, context);
  out.write('\n');
  const evaluation = await evaluateOn(open.classifier, { name: 'test', examples: texts.test }, texts, context);
  out.write('\nWords that influenced three predictions:\n\n');
  const explanations = explainTexts(open.classifier, EXAMPLES, context);
  out.write(
    [
      `The run is in ${run}; training took ${duration(Number(result['seconds']))}. Next:`,
      `  ${invocation} predict ${shellQuoted(run)} "Wow, loved it"`,
      `  ${invocation} explain ${shellQuoted(run)} "Wow, loved it"`,
      `  ${invocation} train --data YOUR.csv --text-column text --label-column label`,
      '',
    ].join('\n'),
  );
  return { ...result, evaluation, explanations };
}

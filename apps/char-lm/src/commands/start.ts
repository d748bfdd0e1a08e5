import { Rng } from '@unroll/rnn-core';
import {
  type Command,
  type Context,
  command,
  duration,
  type JsonObject,
  shellQuoted,
  withMinutes,
} from '@unroll/run';
import { GENERATE_DEFAULTS } from '../generation/generate.ts';
import { openModel } from './open-model.ts';
import { printSample } from './sample.ts';
import { heldOutTable } from './score-table.ts';
import { type TrainConfig, trainCharLm, trainSources } from './train.ts';

const TEMPERATURES = [0.5, 0.8, 1.1];
const MAX_LENGTH = 300;
const PROMPT = 'The ';

const trainAndSample = command({
  ...trainSources,
  run: start,
});

/** `start`: by default with the model that `--minutes` chooses for this machine. */
export const startCommand: Command = {
  ...trainAndSample,
  execute: (app, given, context) => trainAndSample.execute(app, withDefaults(given), context),
};

/** Moby-Dick and two and a half minutes, where nothing else is asked for. */
function withDefaults(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const isSet = (...keys: string[]): boolean => keys.some((key) => given[key] !== undefined);
  if (isSet('resume', 'preset')) return given;
  return { ...(!isSet('dataset', 'data') && { dataset: 'moby-dick' }), ...withMinutes(given, 2.5) };
}

async function start(config: TrainConfig, context: Context, unset: ReadonlySet<string>): Promise<JsonObject> {
  const { result, evaluation, run } = await trainCharLm(config, context, unset);
  const { out, invocation } = context;
  out.write(`\n${heldOutTable(evaluation, config.unit)}\n`);

  using opened = await openModel({ ...config, dir: run, checkpoint: 'best' }, context);
  const samples: JsonObject[] = [];
  for (const temperature of TEMPERATURES) {
    out.write(`\n── temperature ${temperature} ──\n`);
    const rng = Rng.seeded(config.seed).split('sample');
    const options = { ...GENERATE_DEFAULTS, temperature, prompt: PROMPT, maxLength: MAX_LENGTH, rng };
    samples.push({ temperature, ...(await printSample(opened.lm, options, context)) });
  }

  out.write(
    [
      '',
      `The run is in ${run}, trained for ${duration(Number(result['seconds']))}. Try next:`,
      `  ${invocation} sample ${shellQuoted(run)} --prompt "Call me " --temperature 0.7`,
      `  ${invocation} train --resume ${shellQuoted(run)} --steps ${2 * Number(result['steps'])}`,
      '',
    ].join('\n'),
  );
  return { ...result, samples };
}

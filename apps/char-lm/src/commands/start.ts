import { Rng } from '@unroll/rnn-core';
import {
  backendFlags,
  type Command,
  type Context,
  command,
  duration,
  type JsonObject,
  openBackend,
} from '@unroll/run';
import { z } from 'zod';
import { samplingDefaults, type TrainConfig, trainSchema, trainSources } from './config.ts';
import { scoreTable } from './evaluate.ts';
import { show } from './sample.ts';
import { trainCharLm } from './train.ts';
import { openModel } from './trained-model.ts';

const TEMPERATURES = [0.5, 0.8, 1.1];
const LENGTH = 300;
const PROMPT = 'The ';

/** `start`: trains, says how good the model is, lets it write, and shows the way on. */
export async function startCharLm(config: TrainConfig, context: Context): Promise<JsonObject> {
  const { result, score, run } = await trainCharLm(config, context);
  const { out, invocation } = context;
  out.write(`\n${scoreTable(score)}\n`);

  using trained = await openModel({ ...config, dir: run, checkpoint: 'best' });
  const samples: JsonObject[] = [];
  for (const temperature of TEMPERATURES) {
    out.write(`\n── temperature ${temperature} ──\n`);
    const showing = { ...samplingDefaults, temperature, prompt: PROMPT, length: LENGTH };
    samples.push({
      temperature,
      ...(await show(trained, showing, Rng.seeded(config.seed).split('sample'), context)),
    });
  }

  out.write(
    [
      '',
      `The run is in ${run}, trained for ${duration(Number(result['seconds']))}. Go on with:`,
      `  ${invocation} sample ${run} --prompt "Call me " --temperature 0.7`,
      `  ${invocation} train --resume ${run} --steps ${2 * Number(result['steps'])}`,
      '',
    ].join('\n'),
  );
  return { ...result, samples };
}

const trainAndShow = command({
  summary: 'Trains on Moby-Dick, and shows what came of it.',
  schema: trainSchema,
  ...trainSources,
  run: startCharLm,
});

/** `start`, whose preset is by default the largest model that this machine trains in two and a half minutes. */
export const startCommand: Command = {
  ...trainAndShow,
  execute: async (app, given, context) =>
    trainAndShow.execute(app, given['resume'] ? given : { preset: await fittingPreset(given), ...given }, context),
};

async function fittingPreset(given: Readonly<Record<string, unknown>>): Promise<string> {
  const asked = z.object(backendFlags).safeParse(given);
  if (!asked.success) return 'moby-dick'; // what is wrong is said when all the settings are read
  using compute = await openBackend(asked.data);
  return compute.backend.name === 'reference' ? 'moby-dick-small' : 'moby-dick';
}

import { Rng } from '@unroll/rnn-core';
import { type Context, duration, type JsonObject } from '@unroll/run';
import { z } from 'zod';
import { samplingFlags, type TrainConfig } from './config.ts';
import { scoreTable } from './evaluate.ts';
import { writeOut } from './sample.ts';
import { openModel } from './trained-model.ts';
import { trainCharLm } from './training-run.ts';

const TEMPERATURES = [0.5, 0.8, 1.1];
const LENGTH = 300;
const PROMPT = 'The ';

/** `start`: trains, says how good the model is, lets it write, and shows the way on. */
export async function startCharLm(config: TrainConfig, context: Context): Promise<JsonObject> {
  const { result, score, run } = await trainCharLm(config, context);
  const { out, invocation } = context;
  out.write(`\n${scoreTable(score)}\n`);

  const choice = z.object(samplingFlags).parse({});
  using trained = await openModel({ ...config, dir: run, checkpoint: 'best' }, context);
  const samples: JsonObject[] = [];
  for (const temperature of TEMPERATURES) {
    out.write(`\n── temperature ${temperature} ──\n`);
    const rng = Rng.seeded(config.seed).split('sample');
    const writing = { ...choice, temperature, prompt: PROMPT, length: LENGTH, rng };
    samples.push({ temperature, ...(await writeOut(trained, writing, {}, context)) });
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

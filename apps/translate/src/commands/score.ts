import {
  backendFlags,
  type Context,
  command,
  type JsonObject,
  modelFlags,
  outputFlags,
  significant,
  write,
} from '@unroll/run';
import { z } from 'zod';
import { checkOwn, checkSides, streamOwn } from '../data/pairs.ts';
import { pairExclusive, pairFlags } from './corpus-flags.ts';
import { openTranslator } from './open-translator.ts';

const scoreSchema = z.object({ ...modelFlags, ...pairFlags, ...backendFlags, ...outputFlags });

async function score(config: z.output<typeof scoreSchema>, context: Context): Promise<JsonObject> {
  const where = config.data ?? config.source ?? '';
  using translator = await openTranslator(config, context);
  const lines: JsonObject[] = [];
  let [sentences, tokens, nats] = [0, 0, 0];
  for await (const pair of streamOwn(config)) {
    const score = translator.score(checkSides(where, pair), `${where}: line ${pair.line}`);
    const { logProbability, natsPerToken } = score;
    sentences++;
    tokens += score.tokens;
    nats -= logProbability;
    await write(
      context.out,
      `${pair.line}\t${logProbability.toFixed(4)} nats\t${score.tokens} tokens\t${natsPerToken.toFixed(4)} nats/token\n`,
    );
    if (config.json) lines.push({ line: pair.line, ...score });
  }
  const natsPerToken = nats / tokens;
  const perplexity = Math.exp(natsPerToken);
  context.out.write(`all\t${natsPerToken.toFixed(4)} nats/token, perplexity ${significant(perplexity)}\n`);
  return { sentences, tokens, natsPerToken, perplexity, lines };
}

export const scoreCommand = command({
  schema: scoreSchema,
  exclusive: pairExclusive,
  check: checkOwn,
  run: score,
});

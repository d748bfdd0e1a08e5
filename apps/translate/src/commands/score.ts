import {
  backendFlags,
  type Context,
  command,
  type JsonObject,
  modelFlags,
  outputFlags,
  significant,
} from '@unroll/run';
import { z } from 'zod';
import { checkComplete, checkOwn, readOwn } from '../data/pairs.ts';
import { pairExclusive, pairFlags } from './corpus-flags.ts';
import { openTranslator } from './open-translator.ts';

const scoreSchema = z.object({ ...modelFlags, ...pairFlags, ...backendFlags, ...outputFlags });

async function score(config: z.output<typeof scoreSchema>, context: Context): Promise<JsonObject> {
  const { data, source } = config;
  const pairs = checkComplete(data ?? source ?? '', await readOwn(config));
  using translator = await openTranslator(config, context);
  const lines = pairs.map((pair) => ({ line: pair.line, ...translator.score(pair) }));
  for (const { line, tokens, logProbability, natsPerToken } of lines)
    context.out.write(
      `${line}\t${logProbability.toFixed(4)} nats\t${tokens} tokens\t${natsPerToken.toFixed(4)} nats/token\n`,
    );
  const tokens = lines.reduce((sum, line) => sum + line.tokens, 0);
  const natsPerToken = -lines.reduce((sum, line) => sum + line.logProbability, 0) / tokens;
  const perplexity = Math.exp(natsPerToken);
  context.out.write(`all\t${natsPerToken.toFixed(4)} nats/token, perplexity ${significant(perplexity)}\n`);
  return { sentences: lines.length, tokens, natsPerToken, perplexity, lines };
}

export const scoreCommand = command({
  summary: 'Prints the log-probability of given translations.',
  schema: scoreSchema,
  exclusive: pairExclusive,
  check: checkOwn,
  run: score,
});

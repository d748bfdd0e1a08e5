import { DataError, Tape } from '@unroll/rnn-core';
import { type Context, type JsonObject, significant } from '@unroll/run';
import { readOwn } from '../data/pairs.ts';
import { keepAll } from '../model/dropping.ts';
import { teacherForcing } from '../training/teacher-forcing.ts';
import type { ScoreConfig } from './config.ts';
import { openModel } from './trained-model.ts';

/** `score`: how likely a model holds translations that somebody else made. */
export async function scoreTranslations(config: ScoreConfig, context: Context): Promise<JsonObject> {
  const pairs = await readOwn({}, config);
  using trained = await openModel(config, context);
  const { model, subwords, backend } = trained;
  const lines = pairs.map((pair) => {
    if (pair.source === '' || pair.target === '')
      throw new DataError(`line ${pair.line}: must have a sentence and its translation, got an empty side`);
    using _ = new Tape(backend, { record: false });
    const { loss, tokens } = teacherForcing(model, [subwords.encode(pair)], subwords.boundaries, keepAll);
    const natsPerToken = loss.item();
    return { line: pair.line, tokens, logProbability: -natsPerToken * tokens, natsPerToken };
  });
  for (const { line, tokens, logProbability, natsPerToken } of lines)
    context.out.write(
      `${line}\t${logProbability.toFixed(4)}\t${tokens} tokens\t${natsPerToken.toFixed(4)} nats/token\n`,
    );
  const tokens = lines.reduce((sum, line) => sum + line.tokens, 0);
  const natsPerToken = -lines.reduce((sum, line) => sum + line.logProbability, 0) / tokens;
  const perplexity = Math.exp(natsPerToken);
  context.out.write(`all\t${natsPerToken.toFixed(4)} nats/token, perplexity ${significant(perplexity)}\n`);
  return { sentences: lines.length, tokens, natsPerToken, perplexity, lines };
}

import { type Context, type JsonObject, ModelFolder, table } from '@unroll/run';
import type { TokensConfig } from '../config.ts';
import { readReader } from '../prediction/trained-model.ts';
import { tokensOf } from '../tokenizer/tokens.ts';

/** `tokens`: what a model sees of a text. */
export async function showTokens(config: TokensConfig, { out }: Context): Promise<JsonObject> {
  const reader = config.model === undefined ? undefined : readReader(ModelFolder.open(config.model, 'sentiment'));
  const foldCase = reader?.config.foldCase ?? config.foldCase;
  const texts = config.texts.map((text) => ({
    text,
    tokens: tokensOf(text, { foldCase }).map((token) => ({
      ...token,
      ...(reader && { id: reader.words.numberOf(token.word), known: reader.words.numberOf(token.word) > 0 }),
    })),
  }));
  for (const { tokens } of texts)
    out.write(
      `${table(
        ['token', 'kind', 'read as', ...(reader ? ['number'] : [])],
        tokens.map(({ value, tag, word, id }) => [value, tag, word, ...(reader ? [id || 'unknown'] : [])]),
      )}\n\n`,
    );
  return { texts };
}

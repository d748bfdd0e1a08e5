import { type Context, type JsonObject, ModelFolder } from '@unroll/run';
import type { TokensConfig } from './config.ts';
import { readSentences } from './input.ts';
import { openSubwords } from './trained-model.ts';

/** `tokens`: what a model makes of a text before it reads it. */
export async function showTokens(config: TokensConfig, { out }: Context): Promise<JsonObject> {
  const tokenizer = openSubwords(ModelFolder.open(config.dir, 'translate'))[config.side];
  const sentences = (await readSentences(config)).map((text) => {
    const ids = [...tokenizer.encode(text.normalize('NFC').trim())];
    return { text, ids, tokens: ids.map((id) => tokenizer.textOf(id)) };
  });
  for (const { ids, tokens } of sentences)
    out.write(`${tokens.map((token) => token.replaceAll(' ', '␣')).join('│')}   ${ids.join(' ')}\n`);
  return { side: config.side, vocabulary: tokenizer.size, sentences };
}

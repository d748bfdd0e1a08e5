import { type Context, command, type JsonObject, modelFlags, outputFlags, write } from '@unroll/run';
import { z } from 'zod';
import { cleaned } from '../tokenizer.ts';
import { openTokenizer } from './open-translator.ts';
import { readSentences, textExclusive, textFlags, textRenamed } from './text-input.ts';

const tokensSchema = z.object({
  dir: modelFlags.dir,
  ...textFlags,
  side: z
    .enum(['source', 'target'])
    .default('source')
    .meta({ description: 'language of the text', section: 'Input' }),
  ...outputFlags,
});

const CHUNK_SIZE = 1024; // sentences

async function tokens(config: z.output<typeof tokensSchema>, { out }: Context): Promise<JsonObject> {
  const tokenizer = openTokenizer(config.dir)[config.side];
  const sentences: JsonObject[] = [];
  for await (const { items, failure } of readSentences(config, CHUNK_SIZE)) {
    for (const text of items) {
      const ids = [...tokenizer.encode(cleaned(text))];
      const tokens = ids.map((id) => tokenizer.textOf(id));
      await write(out, `${tokens.map((token) => token.replaceAll(' ', '␣')).join('│')}   ${ids.join(' ')}\n`);
      if (config.json) sentences.push({ text, ids, tokens });
    }
    if (failure !== undefined) throw failure;
  }
  return { side: config.side, vocabSize: tokenizer.size, sentences };
}

export const tokensCommand = command({
  schema: tokensSchema,
  exclusive: textExclusive,
  renamed: textRenamed,
  run: tokens,
});

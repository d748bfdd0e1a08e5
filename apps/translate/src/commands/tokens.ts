import { type Context, command, type JsonObject, modelFlags, outputFlags } from '@unroll/run';
import { z } from 'zod';
import { cleaned } from '../tokenizer.ts';
import { openTokenizer } from './open-translator.ts';
import { readSentences, textExclusive, textFlags } from './text-input.ts';

const tokensSchema = z.object({
  dir: modelFlags.dir,
  ...textFlags,
  side: z
    .enum(['source', 'target'])
    .default('source')
    .meta({ description: 'language of the text', section: 'Input' }),
  ...outputFlags,
});

async function tokens(config: z.output<typeof tokensSchema>, { out }: Context): Promise<JsonObject> {
  const tokenizer = openTokenizer(config.dir)[config.side];
  const sentences = (await readSentences(config)).map((text) => {
    const ids = [...tokenizer.encode(cleaned(text))];
    return { text, ids, tokens: ids.map((id) => tokenizer.textOf(id)) };
  });
  for (const { ids, tokens } of sentences)
    out.write(`${tokens.map((token) => token.replaceAll(' ', '␣')).join('│')}   ${ids.join(' ')}\n`);
  return { side: config.side, vocabSize: tokenizer.size, sentences };
}

export const tokensCommand = command({
  summary: 'Prints the subwords of sentences.',
  schema: tokensSchema,
  exclusive: textExclusive,
  run: tokens,
});

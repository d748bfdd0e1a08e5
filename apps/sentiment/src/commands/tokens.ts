import {
  type Context,
  command,
  type JsonObject,
  ModelFolder,
  outputFlags,
  plainText,
  type Requirement,
  table,
} from '@unroll/run';
import { z } from 'zod';
import { readTokenizer } from '../prediction/model-files.ts';
import { tokenize } from '../tokenizer/tokens.ts';
import { UNKNOWN } from '../tokenizer/word-vocab.ts';
import { path } from './corpus-flags.ts';
import { tokenizerFlags } from './tokenizer-flags.ts';

const schema = z.object({
  texts: z.array(z.string()).min(1).meta({ description: 'texts to split into tokens', argument: 'TEXT' }),
  model: path.optional().meta({
    description: 'folder of a run: shows the ids in its vocabulary',
    placeholder: 'DIR',
    section: 'Model',
  }),
  cased: tokenizerFlags.cased,
  ...outputFlags,
});

export type TokensConfig = z.output<typeof schema>;

const requires: readonly Requirement<TokensConfig>[] = [
  { flags: ['cased'], when: ({ model }) => model === undefined, needs: 'no --model' },
];

const tokensSources = { schema, requires, renamed: { noFoldCase: 'cased' } };

/** `tokens`. */
export const tokensCommand = command({ ...tokensSources, run: showTokens });

/** `tokens`: shows the tokens of texts, and their ids in the vocabulary of a model. */
async function showTokens(config: TokensConfig, { out }: Context): Promise<JsonObject> {
  const tokenizer = config.model === undefined ? undefined : tokenizerOf(config.model);
  const { cased } = tokenizer?.config ?? config;
  const texts = config.texts.map(plainText).map((text) => ({
    text,
    tokens: tokenize(text, { cased }).map((token) => {
      const id = tokenizer?.vocab.idOf(token.word);
      return { ...token, ...(id !== undefined && { id, known: id !== UNKNOWN }) };
    }),
  }));
  for (const { tokens } of texts)
    out.write(
      `${table(
        ['token', 'kind', 'word', ...(tokenizer ? ['id'] : [])],
        tokens.map(({ value, tag, word, id }) => [value, tag, word, ...(tokenizer ? [id || 'unknown'] : [])]),
      )}\n\n`,
    );
  return { texts };
}

function tokenizerOf(dir: string) {
  const folder = ModelFolder.open(dir, 'sentiment');
  return readTokenizer(folder.tokenizer(), folder.file('tokenizer.json'));
}

import { type Inheritance, keptRows, type Origin, type Transfer } from '@unroll/run';
import { type CharacterVocabulary, matchTokens, vocabularyFromJson } from '@unroll/text';
import { networkPrefixes } from '../model/char-lm-model.ts';
import { modelConfigSchema } from '../model/model-config-schema.ts';
import { UNITS } from '../tokenizer.ts';

/** What `--init-from` takes over besides the weights: the sizes and the unit. */
export const inherits: Inheritance = {
  settings: ({ config, tokenizer: { unit } }) => ({ ...config, ensembleSize: config['ensembleSize'] ?? 1, unit }),
};

/** The tensors of a network with a row for each character. */
const BY_CHARACTER = ['embedding.weight', 'head.weight', 'head.bias'];

/** Takes over the rows of the characters that both vocabularies hold. */
export function transferFrom({ config, tokenizer }: Origin, vocabulary: CharacterVocabulary): Transfer {
  const rows = matchTokens(tokensOf(vocabulary), tokensOf(vocabularyFromJson(tokenizer)));
  const known = vocabulary.unknownId === undefined ? rows : rows.subarray(1);
  return {
    rows: new Map(
      networkPrefixes(modelConfigSchema.parse(config)).flatMap((network) =>
        BY_CHARACTER.map((name) => [`${network}${name}`, rows] as const),
      ),
    ),
    notes: [keptRows('vocabulary', known, UNITS[vocabulary.unit].many)],
  };
}

/** What each id stands for; undefined for what is spelled in bytes. */
function tokensOf(vocabulary: CharacterVocabulary): (string | undefined)[] {
  const json = vocabulary.toJSON();
  if (json.unit === 'byte') return Array.from({ length: vocabulary.size }, (_, byte) => String(byte));
  return [undefined, ...json.alphabet];
}

import { type Inheritance, keptRows, ModelFolder, type Origin, readRunRecord, type Transfer } from '@unroll/run';
import { matchTokens } from '@unroll/text';
import { modelConfigSchema } from '../model/model-config.ts';
import { networkPrefixes } from '../model/translation-model.ts';
import { TranslationTokenizer } from '../tokenizer.ts';

/** What `--init-from` takes over besides the weights: the sizes, and the subwords unless others are asked for. */
export const inherits: Inheritance = {
  settings: ({ config }) => ({
    ...config,
    jointVocab: config['sharedEmbedding'],
    vocabSize: config['targetVocabSize'],
    ensembleSize: config['ensembleSize'] ?? 1,
  }),
  replaceable: ['vocabSize'],
};

/**
 * The tokenizer of another run that a training keeps: that of the model it starts from, or when it is resumed its own.
 * Undefined where the subwords are learnt from the training text.
 */
export function keptTokenizer(
  { vocabSize, resume }: { readonly vocabSize: number; readonly resume?: string | undefined },
  origin: Origin | undefined,
): TranslationTokenizer | undefined {
  if (resume !== undefined && readRunRecord(resume, 'translate').origin)
    return TranslationTokenizer.fromJson(ModelFolder.open(resume, 'translate').tokenizer());
  if (origin?.config['targetVocabSize'] !== vocabSize) return undefined;
  return TranslationTokenizer.fromJson(origin.tokenizer);
}

/** Takes over the rows of the subwords that both vocabularies hold. */
export function transferFrom({ tokenizer: json, config }: Origin, tokenizer: TranslationTokenizer): Transfer {
  const other = TranslationTokenizer.fromJson(json);
  const source = matchTokens(tokenizer.source.tokens, other.source.tokens);
  const target = matchTokens(tokenizer.target.tokens, other.target.tokens);
  return {
    rows: new Map(
      networkPrefixes(modelConfigSchema.parse(config)).flatMap((network) => [
        [`${network}source.weight`, source] as const,
        ...['target.weight', 'output.weight', 'output.bias'].map((name) => [`${network}${name}`, target] as const),
      ]),
    ),
    notes: tokenizer.isJoint
      ? [keptRows('vocabulary', target, 'subwords')]
      : [keptRows('source vocabulary', source, 'subwords'), keptRows('target vocabulary', target, 'subwords')],
  };
}

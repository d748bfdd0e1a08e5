import { type Inheritance, keptRows, type Origin, type Transfer } from '@unroll/run';
import { matchTokens } from '@unroll/text';
import { some } from '../data/label-set.ts';
import { readModelConfig, readTokenizer } from '../prediction/model-files.ts';
import type { WordVocab } from '../tokenizer/word-vocab.ts';
import type { TrainingData } from '../training/training-data.ts';

/** What `--init-from` takes over besides the weights: the sizes, and what a token's features are. */
export const inherits: Inheritance = {
  settings: ({ config, tokenizer: { cased, lexicon, nbFeatures } }) => ({ ...config, cased, lexicon, nbFeatures }),
};

/**
 * Takes over the networks: the rows of words that both vocabularies hold, and the output layers if the classes are the
 * same. The bag of words and the ensemble weights are fitted to the new texts.
 */
export function transferFrom(
  { config, tokenizer: json, where }: Origin,
  { tokenizer, labels }: Pick<TrainingData, 'tokenizer' | 'labels'>,
): Transfer {
  const other = readModelConfig(config, `${where}/config.json`);
  const { ensembleSize } = other.config;
  const ofMembers = (...names: readonly string[]): string[] =>
    Array.from({ length: ensembleSize }, (_, k) => names.map((name) => `members.${k}.${name}`)).flat();

  const rows = matchTokens(wordsOf(tokenizer.vocab), wordsOf(readTokenizer(json, `${where}/tokenizer.json`).vocab));
  const classes = matchTokens(labels.names, other.labels.names);
  const hasSameClasses = labels.size === other.labels.size && classes.every((row) => row >= 0);
  const heads = ofMembers('head.weight', 'head.bias');
  return {
    rows: new Map([
      ...ofMembers('words.weight').map((name) => [name, rows] as const),
      ...heads.map((name) => [name, classes] as const),
    ]),
    without: new Set(['bag.weight', 'bag.bias', 'ensemble.weight', ...(hasSameClasses ? [] : heads)]),
    notes: [
      keptRows('vocabulary', rows.subarray(1), 'words'),
      ...(hasSameClasses
        ? []
        : [`output layer: new, since its classes were ${some(other.labels.names)} and are ${some(labels.names)}`]),
    ],
  };
}

/** The word of each id; undefined for the unknown one. */
const wordsOf = ({ words }: WordVocab): (string | undefined)[] => [undefined, ...words];

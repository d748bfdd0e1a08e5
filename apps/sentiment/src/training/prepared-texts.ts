import type { TrainConfig } from '../config.ts';
import type { Example } from '../data/example.ts';
import { LabelSet } from '../data/label-set.ts';
import type { LabelledTexts } from '../data/labelled-texts.ts';
import type { EncodedText } from '../tokenizer/encoded-text.ts';
import { type GivenVectors, readGivenVectors } from '../tokenizer/given-vectors.ts';
import { TextReader } from '../tokenizer/text-reader.ts';

/** Texts as the network reads them, and their classes. */
export interface EncodedExamples {
  readonly texts: readonly EncodedText[];
  readonly labels: Int32Array;
}

/** Everything that is learnt before the network: classes, words, bag of words; and the texts as it will read them. */
export interface PreparedTexts {
  readonly name: string;
  readonly labels: LabelSet;
  readonly reader: TextReader;
  readonly train: EncodedExamples;
  readonly valid: EncodedExamples;
  readonly vectors: GivenVectors | undefined;
}

/** @throws DataError when the training texts are all of one class, or a validation text is of one they lack */
export async function prepareTexts(
  { name, train, valid }: Pick<LabelledTexts, 'name' | 'train' | 'valid'>,
  config: TrainConfig,
): Promise<PreparedTexts> {
  const labels = LabelSet.of(train, name);
  const numbers = labels.numbersOf(train);
  const { reader, encoded } = TextReader.fit(
    train.map(({ text }) => text),
    numbers,
    {
      ...readerConfig(config),
      classes: labels.size,
      minCount: config.minCount,
      minTexts: config.bagMinTexts,
      penalty: config.bagPenalty,
    },
  );
  return {
    name,
    labels,
    reader,
    train: { texts: encoded, labels: numbers },
    valid: encodeExamples(reader, labels, valid),
    vectors:
      config.vectors === undefined
        ? undefined
        : await readGivenVectors(config.vectors, reader.words, config.embedding),
  };
}

export function encodeExamples(reader: TextReader, labels: LabelSet, examples: readonly Example[]): EncodedExamples {
  return { texts: examples.map(({ text }) => reader.read(text)), labels: labels.numbersOf(examples) };
}

const readerConfig = ({ foldCase, maxTokens, lexicon, evidence, bagCharacters }: TrainConfig) => ({
  foldCase,
  maxTokens,
  lexicon,
  evidence,
  features: { words: 2, characters: bagCharacters, lexicon } as const,
});

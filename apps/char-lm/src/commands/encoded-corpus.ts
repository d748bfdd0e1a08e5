import { type DatasetOptions, dataFiles, readCorpus } from '@unroll/datasets';
import { type DataFile, dataFlags, readRunData } from '@unroll/run';
import { type CharacterVocabulary, vocabularyFromText } from '@unroll/text';
import { z } from 'zod';
import { type EncodedCorpus, encodeCorpus } from '../tokenizer.ts';
import { corpusFlags } from './corpus-flags.ts';

const corpusSchema = z.object({ ...corpusFlags, ...dataFlags });

type CorpusConfig = z.output<typeof corpusSchema>;

/**
 * Reads and encodes a corpus.
 *
 * @param vocabulary that of a trained model; by default the characters of the training text
 */
export async function readEncodedCorpus(
  config: CorpusConfig & Pick<DatasetOptions, 'say'>,
  vocabulary?: CharacterVocabulary,
): Promise<EncodedCorpus> {
  const text = await readCorpus(config);
  return encodeCorpus(text, vocabulary ?? vocabularyFromText(text.train, config.unit));
}

/** The files of a corpus. */
export const corpusFiles = ({ dataset, data, valid }: CorpusConfig): DataFile[] => dataFiles(dataset, [data, valid]);

/**
 * Reads the corpus of a run.
 *
 * @throws DataError when a file is no longer where it was, or has changed since
 * @throws CheckpointError when the settings in run.json do not fit the data
 */
export async function readRunCorpus(
  dir: string,
  vocabulary: CharacterVocabulary,
  dataDir?: string,
): Promise<EncodedCorpus> {
  const read = (config: CorpusConfig): Promise<EncodedCorpus> => readEncodedCorpus(config, vocabulary);
  return await readRunData({ dir, app: 'char-lm', schema: corpusSchema, filesOf: corpusFiles, read, dataDir });
}

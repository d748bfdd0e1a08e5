import { type DatasetOptions, dataFiles, readCorpus } from '@unroll/datasets';
import { checkDataUnchanged, type DataFile, dataFlags, readRunRecord, recordedSettings } from '@unroll/run';
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
 * @throws FileError when it is no longer where it was
 * @throws DataError when a file has changed since
 */
export async function readRunCorpus(
  dir: string,
  vocabulary: CharacterVocabulary,
  dataDir?: string,
): Promise<EncodedCorpus> {
  const record = readRunRecord(dir, 'char-lm');
  const config = recordedSettings(corpusSchema, dir, record);
  checkDataUnchanged(dir, record, corpusFiles(config));
  return await readEncodedCorpus({ ...config, dataDir: dataDir ?? config.dataDir }, vocabulary);
}

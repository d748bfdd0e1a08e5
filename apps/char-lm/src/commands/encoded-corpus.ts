import { dataFiles, readCorpus } from '@unroll/datasets';
import { checkDataUnchanged, type DataFile, dataFlags, readRunRecord, recordedSettings } from '@unroll/run';
import { type CharacterVocabulary, vocabularyFromText } from '@unroll/text';
import { z } from 'zod';
import { type EncodedCorpus, encodeCorpus } from '../tokenizer.ts';

const section = 'Data';

/** Which text, and what the network reads of it at a time step. */
export const corpusFlags = {
  dataset: z.string().optional().meta({
    description: 'data set to train on, such as moby-dick or tiny-shakespeare',
    section,
    placeholder: 'NAME',
  }),
  data: z.string().optional().meta({
    description: 'text file to train on, in place of --dataset: UTF-8, may be gzipped',
    section,
    placeholder: 'PATH',
  }),
  valid: z.string().optional().meta({
    description: 'text file to validate on; by default the last tenth of --data',
    section,
    placeholder: 'PATH',
  }),
  unit: z.enum(['byte', 'codepoint', 'grapheme']).default('codepoint').meta({
    description: 'what the network reads at a time step: a byte of UTF-8, a Unicode code point or a grapheme cluster',
    section,
  }),
};

export const corpusSchema = z.object({ ...corpusFlags, ...dataFlags });

export type CorpusConfig = z.output<typeof corpusSchema>;

/**
 * Reads and encodes a corpus.
 *
 * @param vocabulary that of a trained model; by default the characters of the training text
 */
export async function readEncodedCorpus(
  config: CorpusConfig,
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

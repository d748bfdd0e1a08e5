import { readStandardInput, readTextFile } from '@unroll/run';
import { z } from 'zod';

/** Flags that name the sentences of a command. */
export const textFlags = {
  text: z.array(z.string()).optional().meta({
    description: 'sentences; without any and without --file, standard input is read, one sentence per line',
    argument: 'TEXT',
  }),
  file: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'file of sentences, one per line', section: 'Input', placeholder: 'FILE' }),
};

/** Of the flags at most one is given. */
export const textExclusive = [['text', 'file']] as const;

export type TextFlags = z.output<z.ZodObject<typeof textFlags>>;

/** The sentences of the command line, of a file or of standard input. */
export async function readSentences({ text, file }: TextFlags): Promise<readonly string[]> {
  if (text !== undefined && text.length > 0) return text;
  const content = file === undefined ? await readStandardInput('--file FILE') : readTextFile(file);
  return content.replace(/\n$/, '').split('\n');
}

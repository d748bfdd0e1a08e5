import { statSync } from 'node:fs';
import { type Chunk, fileSource, inChunks, LIVE_WAIT, plainText, readLines, standardInput } from '@unroll/run';
import { z } from 'zod';

/** Flags that name the sentences of a command. */
export const textFlags = {
  text: z.array(z.string()).optional().meta({
    description: 'sentences; without any and without --data, standard input is read, one sentence per line',
    argument: 'TEXT',
  }),
  data: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'file of sentences, one per line', section: 'Input', placeholder: 'FILE' }),
};

/** Of the flags at most one is given. */
export const textExclusive = [['text', 'data']] as const;

/** Earlier names of these flags. */
export const textRenamed = { file: 'data' };

export type TextFlags = z.output<z.ZodObject<typeof textFlags>>;

/**
 * The sentences of the command line, of a file or of standard input, in chunks; those of a source that pauses come within half a
 * second.
 *
 * @param check throws when a sentence, of which it is told where it stands, cannot be used
 * @throws DataError when there are none, or as `readLines`; after the sentences before it, as the `failure` of a chunk
 */
export async function* readSentences(
  { text = [], data }: TextFlags,
  chunkSize: number,
  check: (sentence: string, where: string) => unknown = () => undefined,
): AsyncGenerator<Chunk<string>> {
  if (text.length > 0) {
    yield* inChunks(
      checked(text.map(plainText), (number) => `sentence ${number}`, check),
      chunkSize,
    );
    return;
  }
  const source = data === undefined ? standardInput('--data FILE') : fileSource(data);
  const isLive = data === undefined || !statSync(data, { throwIfNoEntry: false })?.isFile();
  try {
    const lines = checked(
      readLines(source, { requireText: true }),
      (number) => `${source.name}: line ${number}`,
      check,
    );
    yield* inChunks(lines, chunkSize, isLive ? LIVE_WAIT : undefined);
  } finally {
    if (data === undefined) process.stdin.destroy(); // an open one keeps the process alive
  }
}

async function* checked(
  sentences: Iterable<string> | AsyncIterable<string>,
  whereIs: (number: number) => string,
  check: (sentence: string, where: string) => unknown,
): AsyncGenerator<string> {
  let number = 0;
  for await (const sentence of sentences) {
    check(sentence, whereIs(++number));
    yield sentence;
  }
}

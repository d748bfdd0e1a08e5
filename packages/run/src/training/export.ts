import { join, resolve } from 'node:path';
import { ConfigError } from '@unroll/rnn-core';
import { z } from 'zod';
import type { Context } from '../cli/context.ts';
import { bytes } from '../console/quantity.ts';
import { table } from '../console/table.ts';
import { createFolder, writeAtomically } from '../files/file.ts';
import type { JsonObject } from '../files/json.ts';
import { outputFlags } from '../flags/training-flags.ts';

/** Flags of every `export`, besides the model's and the format. */
export const exportFlags = {
  out: z.string().min(1).meta({
    description: 'folder to write the files to',
    placeholder: 'DIR',
    section: 'Output',
  }),
  ...outputFlags,
};

/** What an `export` writes. */
export interface Export {
  /** By name: text, or bytes. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** A command that uses them, for people. */
  readonly next: string;
}

/**
 * Writes the files of an export and prints their sizes and the next command.
 *
 * @param folders.dir the run, which stays as it is
 * @throws ConfigError when both folders are one
 * @throws FileError
 */
export function writeExport(
  { files, next }: Export,
  { dir, out }: { readonly dir: string; readonly out: string },
  context: Pick<Context, 'out'>,
): JsonObject {
  if (resolve(dir) === resolve(out)) throw new ConfigError(`--out must be another folder than the run's, got ${out}`);
  createFolder(out);
  const sizes = Object.entries(files).map(([name, content]) => {
    const data = typeof content === 'string' ? Buffer.from(content) : content;
    writeAtomically(join(out, name), [data]);
    return [name, data.length] as const;
  });
  context.out.write(
    `${table(
      ['file', 'size'],
      sizes.map(([name, size]) => [join(out, name), bytes(size)]),
    )}\n\nTry next: ${next}\n`,
  );
  return { out, files: Object.fromEntries(sizes) };
}

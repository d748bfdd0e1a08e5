import { join } from 'node:path';
import { ConfigError, type FloatDtype } from '@unroll/rnn-core';
import { z } from 'zod';
import type { Context } from '../cli/context.ts';
import { command } from '../cli/program.ts';
import { shellQuoted } from '../cli/shell-quoted.ts';
import { bytes } from '../console/quantity.ts';
import { table } from '../console/table.ts';
import { createFolder, writeAtomically } from '../files/file.ts';
import type { JsonObject } from '../files/json.ts';
import { modelFlags } from '../flags/model-flags.ts';
import { dataFlags, outputFlags } from '../flags/training-flags.ts';
import { checkEmpty } from './empty-folder.ts';
import type { Which } from './model-folder.ts';

/** Flags of every `export`, besides the model's and the format. */
const exportFlags = {
  out: z.string().min(1).meta({
    description: 'folder to write the files to',
    placeholder: 'DIR',
    section: 'Output',
  }),
  dtype: z.enum(['f32', 'f16', 'bf16', 'int8']).default('f32').meta({
    description:
      'how the weights are stored: 32 or 16 bits, or with --format safetensors 8 bits and one scale for each row',
    section: 'Output',
  }),
  ...outputFlags,
};

/** How the weights of an `export` are stored. */
export type StorageDtype = z.output<typeof exportFlags.dtype>;

/** What an `export` is asked for. */
export interface ExportOptions {
  readonly dir: string;
  readonly checkpoint: Which;
  readonly out: string;
  readonly dtype: StorageDtype;
  readonly dataDir?: string | undefined;
}

/** One format: the files of a model in it. */
type Exporter = (options: ExportOptions, context: Context) => Export | Promise<Export>;

/** What an `export` writes. */
export interface Export {
  /** By name: text, or bytes. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** A command that uses them, for people. */
  readonly next: string;
  /** What `--json` prints beside the sizes. */
  readonly result?: JsonObject;
}

/** The dtypes of floating-point tensors in a file, by the names that flags have for them. */
export const FLOAT_DTYPES = { f32: 'F32', f16: 'F16', bf16: 'BF16' } as const satisfies Record<string, FloatDtype>;

/**
 * A state dict for torch.
 *
 * @param save gives the bytes of the file
 * @throws ConfigError when the dtype is int8
 */
export function exportStateDict(
  { dtype, out }: Pick<ExportOptions, 'dtype' | 'out'>,
  save: (dtype: FloatDtype) => Uint8Array,
): Export {
  if (dtype === 'int8')
    throw new ConfigError('--dtype must be f32, f16 or bf16 with --format torch, got int8; use --format safetensors');
  const name = 'model.safetensors';
  const code = `import safetensors.torch as st; print({k: list(v.shape) for k, v in st.load_file(${JSON.stringify(join(out, name))}).items()})`;
  return { files: { [name]: save(FLOAT_DTYPES[dtype]) }, next: `python3 -c ${shellQuoted(code)}` };
}

/** The formats of an `export`. */
export interface Exporters {
  readonly onnx: Exporter;
  readonly safetensors: Exporter;
  readonly torch: Exporter;
}

/**
 * The command `export` of an application: a trained model as other programs read it, or in smaller numbers.
 *
 * @param graphs what the format onnx writes: `a graph`
 */
export const createExportCommand = (exporters: Exporters, graphs: string) =>
  command({
    schema: z.object({
      ...modelFlags,
      format: z.enum(['onnx', 'safetensors', 'torch']).meta({
        description: `onnx = ${graphs} for onnxruntime and others, with an example program; safetensors = a model folder; torch = a state dict`,
        section: 'Output',
      }),
      ...exportFlags,
      ...dataFlags,
    }),
    requires: [
      { flags: ['dtype'], when: ({ format }) => format !== 'onnx', needs: '--format safetensors or torch' },
      { flags: ['dataDir'], when: ({ format }) => format === 'safetensors', needs: '--format safetensors' },
    ],
    check: ({ out }) => checkEmpty(out),
    run: async (config, context): Promise<JsonObject> =>
      writeExport(await exporters[config.format](config, context), config.out, context),
  });

/**
 * Writes the files of an export and prints their sizes and the next command.
 *
 * @throws FileError
 */
function writeExport({ files, next, result }: Export, out: string, context: Pick<Context, 'out'>): JsonObject {
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
  return { out, files: Object.fromEntries(sizes), ...result };
}

import { readFileSync } from 'node:fs';
import {
  type Context,
  command,
  type Export,
  exportFlags,
  type JsonObject,
  ModelFolder,
  shellQuoted,
  writeExport,
} from '@unroll/run';
import { z } from 'zod';
import { exportOnnx } from '../onnx.ts';
import { modelFlags } from './model-flags.ts';
import { type OpenModel, openModel } from './open-model.ts';

/** The files of a model in a format. */
type Exporter = (opened: OpenModel, config: { readonly dir: string; readonly out: string }) => Export;

const FORMATS = { onnx } as const satisfies Record<string, Exporter>;

const exportSchema = z.object({
  ...modelFlags,
  format: z.enum(Object.keys(FORMATS) as (keyof typeof FORMATS)[]).meta({
    description: 'onnx = a graph for onnxruntime and others, with an example program',
    section: 'Output',
  }),
  ...exportFlags,
});

type ExportConfig = z.output<typeof exportSchema>;

/** `export`: a trained model as other programs read it. */
export const exportCommand = command({
  summary: 'Writes a model in a format that other programs read.',
  schema: exportSchema,
  run: exportModel,
});

async function exportModel(config: ExportConfig, context: Context): Promise<JsonObject> {
  using opened = await openModel({ ...config, backend: 'reference' }, context);
  return writeExport(FORMATS[config.format](opened, config), config, context);
}

function onnx({ lm }: OpenModel, { dir, out }: { readonly dir: string; readonly out: string }): Export {
  const files = exportOnnx(lm, ModelFolder.open(dir, 'char-lm').description());
  const example = readFileSync(new URL('../../examples/onnx.mjs', import.meta.url), 'utf8');
  return {
    files: { ...files, 'example.mjs': example },
    next: `cd ${shellQuoted(out)} && npm install onnxruntime-node && node example.mjs 'The '`,
  };
}

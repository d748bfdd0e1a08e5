import { readFileSync } from 'node:fs';
import type { ModelFiles } from '@unroll/rnn-core';
import {
  type Context,
  createExportCommand,
  type Export,
  type ExportOptions,
  exportModelFolder,
  exportStateDict,
  ModelFolder,
  openBackend,
  shellQuoted,
} from '@unroll/run';
import { CharLm } from '../char-lm.ts';
import { evaluateHeldOut } from '../evaluation/held-out.ts';
import { networkPrefixes } from '../model/char-lm-model.ts';
import { readRunCorpus } from './encoded-corpus.ts';
import { openModel } from './open-model.ts';

/** `export`: a trained model as other programs read it, or in smaller numbers. */
export const exportCommand = createExportCommand({ onnx, safetensors, torch }, 'a graph');

async function onnx(options: ExportOptions, context: Context): Promise<Export> {
  const { exportOnnx } = await import('../onnx.ts'); // loaded by this command alone
  using opened = await openModel({ ...options, backend: 'reference' }, context);
  const files = exportOnnx(opened.lm, ModelFolder.open(options.dir, 'char-lm').description());
  const example = readFileSync(new URL('../../examples/onnx.mjs', import.meta.url), 'utf8');
  return {
    files: { ...files, 'example.mjs': example },
    next: `cd ${shellQuoted(options.out)} && npm install onnxruntime-node && node example.mjs 'The '`,
  };
}

function safetensors(options: ExportOptions, context: Context): Promise<Export> {
  return exportModelFolder(options, 'char-lm', { ...METRIC, measure }, context);

  async function measure(models: readonly ModelFiles[]): Promise<readonly number[]> {
    using compute = await openBackend({ backend: 'auto' });
    const scores: number[] = [];
    for (const files of models) {
      using lm = new CharLm(files, compute.backend);
      const { train, valid } = await readRunCorpus(options.dir, lm.vocabulary, options.dataDir);
      const { whole } = await evaluateHeldOut(lm.model, lm.backend, { train, heldOut: [valid] });
      scores.push(whole.bitsPerCharacter);
    }
    return scores;
  }
}

const METRIC = {
  key: 'bitsPerCharacter',
  title: 'validation bits per character ↓',
  show: (bits: number): string => bits.toFixed(4),
};

/** The cells that torch_model.py has. */
const TORCH_CELLS: ReadonlySet<string> = new Set(['rnn', 'gru', 'lstm', 'mingru']);

async function torch(options: ExportOptions, context: Context): Promise<Export> {
  const { saveStateDict } = await import('@unroll/interop');
  using opened = await openModel({ ...options, backend: 'reference' }, context);
  const { lm } = opened;
  const { model } = lm;
  const { cell, tieWeights } = model.config;
  // A linear layer of torch has its weight in the state dict, a tied one too.
  const tied = networkPrefixes(model.config).flatMap((network) =>
    ['embedding.weight', 'head.weight'].map((name) => [`${network}${name}`, `${network}embedding.weight`] as const),
  );
  const names = tieWeights ? Object.fromEntries(tied) : {};
  const written = exportStateDict(options, (dtype) => saveStateDict(model, { dtype, names }));
  if (lm.vocabulary.unit !== 'codepoint' || !TORCH_CELLS.has(cell)) return written;
  const program = readFileSync(new URL('../../examples/torch_model.py', import.meta.url), 'utf8');
  return {
    files: { ...written.files, ...ModelFolder.open(options.dir, 'char-lm').description(), 'model.py': program },
    next: `cd ${shellQuoted(options.out)} && python3 model.py 'The '`,
  };
}

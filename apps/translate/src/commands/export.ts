import { readFileSync } from 'node:fs';
import { bleu, bleuTokenizerFor, corpusScore } from '@unroll/metrics';
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
import { groupReferences } from '../evaluation.ts';
import { Translator } from '../translator.ts';
import { readRunPairs } from './evaluate.ts';
import { openTranslator } from './open-translator.ts';

/** `export`: a trained model as other programs read it, or in smaller numbers. */
export const exportCommand = createExportCommand({ onnx, safetensors, torch }, 'graphs of encoder and decoder');

async function onnx(options: ExportOptions, context: Context): Promise<Export> {
  const { exportOnnx } = await import('../onnx.ts'); // loaded by this command alone
  using translator = await openTranslator({ ...options, backend: 'reference' }, context);
  const files = exportOnnx(translator, ModelFolder.open(options.dir, 'translate').description());
  const example = readFileSync(new URL('../../examples/onnx.mjs', import.meta.url), 'utf8');
  return {
    files: { ...files, 'example.mjs': example },
    next: `cd ${shellQuoted(options.out)} && npm install onnxruntime-node @unroll/translate && node example.mjs 'A dog runs.'`,
  };
}

function safetensors(options: ExportOptions, context: Context): Promise<Export> {
  return exportModelFolder(options, 'translate', { ...METRIC, measure }, context);

  async function measure(models: readonly ModelFiles[]): Promise<readonly number[]> {
    const { valid } = await readRunPairs(options.dir, options.dataDir);
    const { sources, references } = groupReferences(valid);
    const metric = bleu({ tokenizer: bleuTokenizerFor(references) });
    using compute = await openBackend({ backend: 'auto' });
    const scores: number[] = [];
    for (const files of models) {
      using translator = Translator.create(files, compute.backend);
      const translations = await translator.translate(sources, { beamSize: 1 });
      scores.push(corpusScore(metric, translations, references).score);
    }
    return scores;
  }
}

const METRIC = {
  key: 'greedyBleu',
  title: 'validation BLEU, greedy ↑',
  show: (score: number): string => score.toFixed(2),
};

async function torch(options: ExportOptions, context: Context): Promise<Export> {
  const { saveStateDict } = await import('@unroll/interop');
  using translator = await openTranslator({ ...options, backend: 'reference' }, context);
  const { model } = translator;
  return exportStateDict(options, (dtype) => saveStateDict(model, { dtype }));
}
